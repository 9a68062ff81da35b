//! A dictionary of Python.

use std::collections::HashMap;
use std::rc::Rc;

use super::value::Value;

/// A dictionary in the order of insertion.
#[derive(Default)]
pub struct Dict<'p> {
    entries: Vec<(Value<'p>, Value<'p>)>,
    texts: HashMap<Rc<str>, usize>,
}

impl<'p> Dict<'p> {
    /// The value of a key.
    pub fn get(&self, key: &Value<'p>) -> Option<&Value<'p>> {
        self.position(key).map(|at| &self.entries[at].1)
    }

    /// The value of a text.
    pub fn text(&self, key: &str) -> Option<&Value<'p>> {
        self.texts.get(key).map(|&at| &self.entries[at].1)
    }

    /// Whether both have the same; `None` where only a run can tell.
    pub(super) fn equals(&self, other: &Self) -> Option<bool> {
        if self.len() != other.len() {
            return Some(false);
        }
        let mut all = true;
        for (key, value) in &self.entries {
            match other.get(key) {
                Some(known) => all &= known.equals(value)?,
                None if self.is_vague() || other.is_vague() => return None,
                None => return Some(false),
            }
        }
        Some(all)
    }

    /// Whether only a run can tell one of its keys.
    pub(super) fn is_vague(&self) -> bool {
        self.entries.iter().any(|(key, _)| matches!(key, Value::Unknown(_)))
    }

    fn position(&self, key: &Value<'p>) -> Option<usize> {
        if let Some(text) = key.as_str() {
            return self.texts.get(text).copied();
        }
        self.entries.iter().position(|(known, _)| known.equals(key) == Some(true))
    }

    /// Sets a key.
    pub fn insert(&mut self, key: Value<'p>, value: Value<'p>) {
        match self.position(&key) {
            Some(at) => self.entries[at].1 = value,
            None => {
                if let Some(text) = key.as_str() {
                    self.texts.insert(text.into(), self.entries.len());
                }
                self.entries.push((key, value));
            }
        }
    }

    /// Takes a key out.
    pub fn remove(&mut self, key: &Value<'p>) -> Option<Value<'p>> {
        let at = self.position(key)?;
        let (_, value) = self.entries.remove(at);
        self.texts.clear();
        for (at, (key, _)) in self.entries.iter().enumerate() {
            if let Some(text) = key.as_str() {
                self.texts.insert(text.into(), at);
            }
        }
        Some(value)
    }

    /// All of it.
    pub fn iter(&self) -> std::slice::Iter<'_, (Value<'p>, Value<'p>)> {
        self.entries.iter()
    }

    /// How many keys.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
