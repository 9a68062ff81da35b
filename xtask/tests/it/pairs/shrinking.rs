//! A failing pair made small: statements are left out of both sides as long as the same goes wrong.

/// Two sides, a statement each.
#[derive(Clone)]
pub(super) struct Pair {
    pub(super) from: Vec<String>,
    pub(super) to: Vec<String>,
}

impl Pair {
    /// The scripts of both sides.
    pub(super) fn scripts(&self) -> (String, String) {
        let text = |statements: &[String]| statements.iter().map(|it| format!("{it};\n")).collect::<String>();
        (text(&self.from), text(&self.to))
    }

    fn len(&self) -> usize {
        self.from.len() + self.to.len()
    }

    /// Without these places of one list: those of the first side, then those of the second.
    fn without(&self, places: std::ops::Range<usize>) -> Self {
        let keep = |statements: &[String], offset: usize| {
            let kept = statements.iter().enumerate().filter(|(at, _)| !places.contains(&(at + offset)));
            kept.map(|(_, statement)| statement.clone()).collect()
        };
        Self { from: keep(&self.from, 0), to: keep(&self.to, self.from.len()) }
    }

    /// Without a statement, wherever it stands.
    fn without_text(&self, text: &str) -> Self {
        let keep = |statements: &[String]| statements.iter().filter(|it| *it != text).cloned().collect();
        Self { from: keep(&self.from), to: keep(&self.to) }
    }
}

/// The smallest pair that was found for which it still fails, as judged by somebody else.
pub(super) async fn smallest(mut pair: Pair, mut fails: impl AsyncFnMut(&Pair) -> bool) -> Pair {
    loop {
        let before = pair.len();
        let mut chunk = pair.len() / 2;
        while chunk > 0 {
            // From the end: what comes later stands on what comes before.
            let mut end = pair.len();
            while end > 0 {
                let start = end.saturating_sub(chunk);
                let smaller = pair.without(start..end);
                if fails(&smaller).await {
                    pair = smaller;
                }
                end = start;
            }
            chunk /= 2;
        }
        let texts: std::collections::BTreeSet<String> = pair.from.iter().chain(&pair.to).cloned().collect();
        for text in texts.iter().rev() {
            let smaller = pair.without_text(text);
            if smaller.len() < pair.len() && fails(&smaller).await {
                pair = smaller;
            }
        }
        if pair.len() == before {
            return pair;
        }
    }
}
