//! A dictionary of Python.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::{Rc, Weak};

use ruff_text_size::TextRange;

use super::value::{Span, Value};

/// A dictionary in the order of insertion.
#[derive(Default)]
pub struct Dict<'p> {
    entries: Vec<(Value<'p>, Value<'p>)>,
    texts: HashMap<Rc<str>, usize>,
    /// What `.keys()` and `.items()` gave: in Python these follow the dictionary.
    views: RefCell<Vec<View<'p>>>,
}

struct View<'p> {
    items: Weak<RefCell<Vec<Value<'p>>>>,
    has_values: bool,
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

    /// Remembers a list that stands for what is in it now.
    pub(super) fn note_view(&self, view: &Value<'p>, has_values: bool) {
        if let Value::List(items) = view {
            let mut views = self.views.borrow_mut();
            views.retain(|it| it.items.strong_count() > 0);
            views.push(View { items: Rc::downgrade(items), has_values });
        }
    }

    /// Such lists are not what they would be in Python any more.
    fn lose_views(&self, only_with_values: bool) {
        self.views.borrow_mut().retain(|view| {
            let is_meant = view.has_values || !only_with_values;
            if let Some(items) = view.items.upgrade().filter(|_| is_meant) {
                Value::List(items).lose(Span { file: 0, range: TextRange::default() });
            }
            !is_meant
        });
    }

    /// Sets a key.
    pub fn insert(&mut self, key: Value<'p>, value: Value<'p>) {
        match self.position(&key) {
            Some(at) => {
                self.lose_views(true);
                self.entries[at].1 = value;
            }
            None => {
                self.lose_views(false);
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
        self.lose_views(false);
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
