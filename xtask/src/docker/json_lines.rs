//! A stream of JSON values, as pulling and building answer with.

use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde::de::DeserializeOwned;

use super::error::DockerError;

/// Values one after the other, however the engine cuts them into pieces and separates them.
pub(super) struct JsonLines {
    body: Incoming,
    unread: Vec<u8>,
}

impl JsonLines {
    pub(super) fn new(body: Incoming) -> Self {
        Self { body, unread: Vec::new() }
    }

    /// The next value; `None` at the end.
    pub(super) async fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, DockerError> {
        loop {
            if let Some((value, read)) = first_value(&self.unread)? {
                self.unread.drain(..read);
                return Ok(Some(value));
            }
            match self.body.frame().await {
                Some(Ok(frame)) => self.unread.extend(frame.into_data().unwrap_or_default()),
                Some(Err(err)) => return Err(bollard::errors::Error::HyperResponseError { err }.into()),
                None if self.unread.trim_ascii().is_empty() => return Ok(None),
                None => {
                    return Err(DockerError::Lost { cause: "the answer ends in the middle of a message".to_owned() });
                }
            }
        }
    }
}

/// The first value, and how many bytes it takes; `None` where it is not there in full.
fn first_value<T: DeserializeOwned>(bytes: &[u8]) -> Result<Option<(T, usize)>, DockerError> {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter();
    match values.next() {
        Some(Ok(value)) => Ok(Some((value, values.byte_offset()))),
        None => Ok(None),
        Some(Err(error)) if error.is_eof() => Ok(None),
        Some(Err(error)) => Err(DockerError::Lost { cause: format!("what it answers cannot be read: {error}") }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_cut_wherever_they_end() {
        let read = |text: &str| first_value::<serde_json::Value>(text.as_bytes()).expect("JSON");
        assert_eq!(read("{\"a\":1}\r\n{\"b\""), Some((serde_json::json!({"a": 1}), 7)));
        assert_eq!(read("\r\n {\"a\":1}"), Some((serde_json::json!({"a": 1}), 10)));
        assert_eq!(read("{\"a\":"), None);
        assert_eq!(read("\r\n"), None);
        assert!(first_value::<serde_json::Value>(b"<html>").is_err());
    }
}
