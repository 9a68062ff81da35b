//! How far a pull is, from the messages of its stream.

use std::collections::BTreeMap;

use serde::Deserialize;

/// One message of the stream of a pull; what it leaves out is empty.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Message {
    /// The layer, in the messages that are about one.
    id: String,
    status: String,
    progress_detail: Detail,
    /// Why it failed; the last message then.
    pub(super) error: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct Detail {
    current: Option<i64>,
    total: Option<i64>,
}

/// The layers that are not there yet, with the bytes that came and that there are.
#[derive(Debug, Default)]
pub(super) struct Progress {
    layers: BTreeMap<String, (u64, u64)>,
}

impl Progress {
    /// Takes a message; gives the bytes that came and that there are where it changes them.
    pub(super) fn take(&mut self, message: &Message) -> Option<(u64, u64)> {
        let before = self.sums();
        match message.status.as_str() {
            "Pulling fs layer" | "Waiting" => {
                self.layers.entry(message.id.clone()).or_default();
            }
            "Downloading" => {
                let layer = self.layers.entry(message.id.clone()).or_default();
                let bytes = |count: Option<i64>| count.and_then(|count| u64::try_from(count).ok());
                let current = bytes(message.progress_detail.current).unwrap_or(layer.0);
                // A total of -1 means that the registry does not tell.
                let total = bytes(message.progress_detail.total).unwrap_or(layer.1).max(current);
                // A download that broke off and goes on counts what is left.
                let before = layer.1.saturating_sub(total);
                *layer = (before + current, before + total);
            }
            "Download complete" | "Pull complete" => {
                if let Some(layer) = self.layers.get_mut(&message.id) {
                    layer.0 = layer.1;
                }
            }
            _ => {}
        }
        let after = self.sums();
        (after != before).then_some(after)
    }

    /// Whether anything had to be fetched.
    pub(super) fn is_new(&self) -> bool {
        !self.layers.is_empty()
    }

    /// How many bytes there are to fetch, as far as the registry has told.
    pub(super) fn total(&self) -> u64 {
        self.sums().1
    }

    fn sums(&self) -> (u64, u64) {
        self.layers.values().fold((0, 0), |sums, layer| (sums.0 + layer.0, sums.1 + layer.1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bytes_of_all_layers_are_counted() {
        let mut progress = Progress::default();
        let mut take = |line: &str| progress.take(&serde_json::from_str::<Message>(line).expect("a message"));
        assert_eq!(take(r#"{"status":"Pulling from library/postgres","id":"17"}"#), None);
        assert_eq!(take(r#"{"status":"Pulling fs layer","progressDetail":{},"id":"a"}"#), None);
        assert_eq!(take(r#"{"status":"Already exists","progressDetail":{},"id":"b"}"#), None);
        let downloading = r#"{"status":"Downloading","progressDetail":{"current":10,"total":100},"id":"a"}"#;
        assert_eq!(take(downloading), Some((10, 100)));
        assert_eq!(take(downloading), None);
        assert_eq!(
            take(r#"{"status":"Downloading","progressDetail":{"current":5,"total":-1},"id":"c"}"#),
            Some((15, 105))
        );
        assert_eq!(take(r#"{"status":"Download complete","progressDetail":{},"id":"a"}"#), Some((105, 105)));
        assert_eq!(take(r#"{"status":"Extracting","progressDetail":{"current":1,"total":100},"id":"a"}"#), None);
        assert!(progress.is_new() && progress.total() == 105);
    }

    #[test]
    fn a_download_that_broke_off_goes_on_where_it_was() {
        let mut progress = Progress::default();
        let mut take = |current: u64, total: u64| {
            let detail = format!(r#"{{"current":{current},"total":{total}}}"#);
            let line = format!(r#"{{"status":"Downloading","progressDetail":{detail},"id":"a"}}"#);
            progress.take(&serde_json::from_str::<Message>(&line).expect("a message"))
        };
        assert_eq!(take(40, 100), Some((40, 100)));
        // The engine asks for the rest, and counts that alone.
        assert_eq!(take(5, 60), Some((45, 100)));
        assert_eq!(take(20, 60), Some((60, 100)));
        assert_eq!(take(1, 40), Some((61, 100)));
    }
}
