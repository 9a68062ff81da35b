//! Single values: strings, truth values, numbers, amounts and spans of time.

use std::time::Duration;

use super::Reader;
use crate::stack::located::Located;
use crate::stack::tree::{Node, Value};
use crate::stack::{StackError, shellwords, units};

impl Reader<'_> {
    pub(super) fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        if let Value::Text(text) = &node.value {
            return Some(text.clone());
        }
        self.shape(node, what, "a string");
        None
    }

    pub(super) fn located_text(&mut self, node: &Node, what: &str) -> Option<Located<String>> {
        let value = self.text(node, what)?;
        Some(Located { value, place: self.place(node.span) })
    }

    /// A string, or a number or truth value as text.
    pub(super) fn scalar(&mut self, node: &Node, what: &str) -> Option<String> {
        let scalar = node.scalar();
        if scalar.is_none() {
            self.shape(node, what, "a string or a number");
        }
        scalar
    }

    /// A string, or a number as text.
    pub(super) fn text_or_number(&mut self, node: &Node, what: &str) -> Option<String> {
        if matches!(node.value, Value::Text(_) | Value::Integer(_) | Value::Float(_)) {
            return node.scalar();
        }
        self.shape(node, what, "a string or a number");
        None
    }

    /// An amount in bytes that must be a string.
    pub(super) fn text_bytes(&mut self, node: &Node, what: &str) -> Option<i64> {
        self.text(node, what)?;
        self.bytes(node, what)
    }

    /// A string or a whole number as text.
    pub(super) fn text_or_integer(&mut self, node: &Node, what: &str) -> Option<String> {
        if matches!(node.value, Value::Text(_) | Value::Integer(_)) {
            return node.scalar();
        }
        self.shape(node, what, "a string or an integer");
        None
    }

    /// A truth value, which variables can only give as text.
    pub(super) fn flag(&mut self, node: &Node, what: &str) -> Option<bool> {
        let flag = match &node.value {
            Value::Bool(flag) => Some(*flag),
            Value::Text(text) => match text.to_lowercase().as_str() {
                "true" | "y" | "yes" | "on" => Some(true),
                "false" | "n" | "no" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        };
        if flag.is_none() {
            self.shape(node, what, "true or false");
        }
        flag
    }

    /// A truth value that may not be text.
    pub(super) fn plain_flag(&mut self, node: &Node, what: &str) -> Option<bool> {
        if matches!(node.value, Value::Text(_)) {
            self.shape(node, what, "true or false");
            return None;
        }
        self.flag(node, what)
    }

    pub(super) fn integer(&mut self, node: &Node, what: &str) -> Option<i64> {
        let number = match &node.value {
            Value::Integer(number) => i64::try_from(*number).ok(),
            #[expect(clippy::cast_possible_truncation, reason = "whole, and far below the limit")]
            Value::Float(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(*number as i64),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        };
        if number.is_none() {
            self.shape(node, what, "a whole number");
        }
        number
    }

    /// A whole number that may not be text.
    pub(super) fn plain_integer(&mut self, node: &Node, what: &str) -> Option<i64> {
        if matches!(node.value, Value::Text(_)) {
            self.shape(node, what, "a whole number");
            return None;
        }
        self.integer(node, what)
    }

    pub(super) fn unsigned(&mut self, node: &Node, what: &str) -> Option<u64> {
        let number = self.integer(node, what)?;
        let unsigned = u64::try_from(number).ok();
        if unsigned.is_none() {
            self.wrong_value(node, what, "it is below zero", "Write 0 or more");
        }
        unsigned
    }

    pub(super) fn count(&mut self, node: &Node, what: &str) -> Option<u32> {
        let number = self.unsigned(node, what)?;
        let count = u32::try_from(number).ok();
        if count.is_none() {
            self.wrong_value(node, what, "it is too many", "Write a smaller number");
        }
        count
    }

    pub(super) fn number(&mut self, node: &Node, what: &str) -> Option<f32> {
        let number = match &node.value {
            Value::Text(text) => text.parse::<f32>().ok().filter(|number| number.is_finite()),
            #[expect(clippy::cast_precision_loss, reason = "compose keeps 32 bits of it")]
            Value::Integer(number) => Some(*number as f32),
            #[expect(clippy::cast_possible_truncation, reason = "compose keeps 32 bits of it")]
            Value::Float(number) => Some(*number as f32),
            _ => None,
        };
        if number.is_none() {
            self.shape(node, what, "a number");
        }
        number
    }

    /// An amount in bytes.
    pub(super) fn bytes(&mut self, node: &Node, what: &str) -> Option<i64> {
        match &node.value {
            Value::Integer(number) => i64::try_from(*number).ok(),
            Value::Text(text) => {
                let bytes = units::bytes(text);
                if bytes.is_none() {
                    let advice = "Write a number with a unit: 512m, 1g";
                    self.wrong_value(node, what, format!("{text:?} is no amount of bytes"), advice);
                }
                bytes
            }
            _ => {
                self.shape(node, what, "an amount of bytes");
                None
            }
        }
    }

    pub(super) fn duration(&mut self, node: &Node, what: &str) -> Option<Duration> {
        let Value::Text(text) = &node.value else {
            self.shape(node, what, "a span of time with its unit, such as 30s");
            return None;
        };
        let duration = units::duration(text);
        if duration.is_none() {
            let advice = "Write a number with its unit: 30s, 1m30s, 500ms";
            self.wrong_value(node, what, format!("{text:?} is no span of time"), advice);
        }
        duration
    }

    /// A command: words, or a string that is split into them.
    pub(super) fn command(&mut self, node: &Node, what: &str) -> Option<Vec<String>> {
        let Value::Text(text) = &node.value else {
            return self.texts(node, what);
        };
        match shellwords::split(text) {
            Ok(words) => {
                if let Some(at) = words.cut_at {
                    let operator = text[at..].chars().take_while(|it| matches!(it, '&' | '|' | ';' | '<' | '>'));
                    let (what, operator, place) = (what.to_owned(), operator.collect(), self.place(node.span));
                    let written = self.sources.written(node.span).trim_matches(['"', '\'']).to_owned();
                    let command = Some(written).filter(|text| place.excerpt.is_some() && !text.contains('\n'));
                    self.errors.push(StackError::CommandCut { what, command, operator, place: place.into() });
                }
                Some(words.words)
            }
            Err(_) => {
                let place = self.place(node.span).into();
                self.errors.push(StackError::Command { what: what.to_owned(), place });
                None
            }
        }
    }
}
