//! What a build tells while it goes on: the words of the classic builder, or the trace of BuildKit.
//!
//! The trace is Protocol Buffers (`moby.buildkit.v1.StatusResponse`). Five of its fields are wanted, which is less to read by hand
//! than the crates for the whole protocol are to build.

use std::collections::BTreeMap;

/// How many of the last lines of a step are kept for its failure.
const KEPT: usize = 20;

/// What the classic builder says between the lines of a step.
const NOISE: [&str; 2] = [" --->", "Removing intermediate container "];

/// The steps of a build so far.
#[derive(Debug, Default)]
pub(super) struct Trace {
    steps: BTreeMap<Vec<u8>, Step>,
    /// The step of the classic builder that runs.
    current: Option<Step>,
    /// The step that failed.
    failed: Option<Step>,
}

/// One step, and the end of what it has written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// As the builder names it: `[2/3] RUN make`, or `Step 2/3 : RUN make`.
    pub(super) name: String,
    pub(super) lines: Vec<String>,
    is_begun: bool,
    /// A line whose end has not come.
    unfinished: String,
}

impl Trace {
    /// Takes text of the classic builder; gives its lines.
    pub(super) fn take_text(&mut self, text: &str) -> Vec<String> {
        let mut told = Vec::new();
        let text = without_colors(text);
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            if line.starts_with("Step ") {
                self.current = Some(Step { name: line.to_owned(), ..Step::default() });
            } else if let Some(step) =
                self.current.as_mut().filter(|_| !NOISE.iter().any(|noise| line.starts_with(noise)))
            {
                step.keep(line.to_owned());
            }
            told.push(line.to_owned());
        }
        told
    }

    /// Takes a trace of BuildKit; gives the lines that a person should see.
    pub(super) fn take_trace(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut told = Vec::new();
        for (field, value) in fields(bytes) {
            match (field, value) {
                (1, Value::Bytes(vertex)) => told.extend(self.vertex(vertex)),
                (3, Value::Bytes(log)) => told.extend(self.log(log)),
                _ => {}
            }
        }
        told
    }

    /// The step that failed, or during which the build failed.
    pub(super) fn failed(self) -> Option<Step> {
        self.failed.or(self.current)
    }

    fn vertex(&mut self, bytes: &[u8]) -> Option<String> {
        let (mut digest, mut name, mut is_cached, mut is_started, mut error) =
            (&[][..], String::new(), false, false, false);
        for (field, value) in fields(bytes) {
            match (field, value) {
                (1, Value::Bytes(bytes)) => digest = bytes,
                (3, Value::Bytes(bytes)) => name = String::from_utf8_lossy(bytes).into_owned(),
                (4, Value::Number(number)) => is_cached = number != 0,
                (5, _) => is_started = true,
                (7, Value::Bytes(bytes)) => error = !bytes.is_empty(),
                _ => {}
            }
        }
        let step = self.steps.entry(digest.to_vec()).or_default();
        step.name = name;
        if error {
            step.finish();
            self.failed = Some(step.clone());
        }
        let is_news = (is_started || is_cached) && !step.is_begun && !step.name.starts_with("[internal]");
        step.is_begun |= is_started || is_cached;
        is_news.then(|| if is_cached { format!("CACHED {}", step.name) } else { step.name.clone() })
    }

    fn log(&mut self, bytes: &[u8]) -> Vec<String> {
        let (mut digest, mut message) = (&[][..], String::new());
        for (field, value) in fields(bytes) {
            match (field, value) {
                (1, Value::Bytes(bytes)) => digest = bytes,
                (4, Value::Bytes(bytes)) => message = String::from_utf8_lossy(bytes).into_owned(),
                _ => {}
            }
        }
        let step = self.steps.entry(digest.to_vec()).or_default();
        step.unfinished.push_str(&message);
        let mut told = Vec::new();
        while let Some((line, rest)) = step.unfinished.split_once('\n') {
            // What a program draws over itself is told as it stood last.
            let line = line.trim_end_matches('\r').rsplit('\r').next().unwrap_or_default().to_owned();
            let rest = rest.to_owned();
            step.keep(line.clone());
            step.unfinished = rest;
            told.push(line);
        }
        // A failure may be told before the last of what the step wrote.
        if let Some(failed) = self.failed.as_mut().filter(|failed| failed.name == step.name) {
            failed.lines.clone_from(&step.lines);
        }
        told
    }
}

impl Step {
    fn keep(&mut self, line: String) {
        self.lines.push(line);
        if self.lines.len() > KEPT {
            self.lines.remove(0);
        }
    }

    fn finish(&mut self) {
        let rest = std::mem::take(&mut self.unfinished);
        if !rest.trim().is_empty() {
            self.keep(rest);
        }
    }
}

/// Without the colours in which the classic builder sets off the standard error.
fn without_colors(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|letter: char| letter.is_ascii_alphabetic()).map_or(part.len(), |letter| letter + 1);
        plain.push_str(&part[end..]);
    }
    plain
}

/// A value of a field: a number, or bytes of which the field decides what they are.
#[derive(Debug, PartialEq, Eq)]
enum Value<'b> {
    Number(u64),
    Bytes(&'b [u8]),
}

/// The fields of a message of Protocol Buffers, up to what cannot be understood.
fn fields(bytes: &[u8]) -> impl Iterator<Item = (u64, Value<'_>)> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let key = number(&mut rest)?;
        let value = match key & 7 {
            0 => Value::Number(number(&mut rest)?),
            1 => Value::Bytes(take(&mut rest, 8)?),
            2 => {
                let length = usize::try_from(number(&mut rest)?).ok()?;
                Value::Bytes(take(&mut rest, length)?)
            }
            5 => Value::Bytes(take(&mut rest, 4)?),
            _ => return None,
        };
        Some((key >> 3, value))
    })
}

/// A number of seven bits a byte, lowest first.
fn number(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (first, behind) = rest.split_first()?;
        *rest = behind;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn take<'b>(rest: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    let (taken, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;

    use super::*;

    fn decoded(text: &str) -> Vec<u8> {
        base64::engine::general_purpose::STANDARD.decode(text).expect("base64")
    }

    #[test]
    fn a_recorded_trace_is_read() {
        // `[3/3] RUN echo hi && cat /f && echo $((1+1)) > /y` begins, as engine 20.10 told it.
        let begun = decoded(
            "CtIBCkdzaGEyNTY6NWUzZjAwMzY0NWQ1NjFhZTRhOWI0YjQ5MzJjNWU1YWU0NjE4ZTI0MTgwNDdkZDE0YTcwMzQ1NGNmM2UxYWEyNBJHc2hhMjU2OmYwO\
             DI2YWY0MzhiODhjMzQ1NTRkYTFiOThlNWE4YzhlZWNmZWIwNjgzMTIxOWViYzk0NDVhZjJjYzA0NjgwZGQaMVszLzNdIFJVTiBlY2hvIGhpICYmIGNhdCAv\
             ZiAmJiBlY2hvICQoKDErMSkpID4gL3kqCwi4mKLYBhDBrtxs",
        );
        let mut trace = Trace::default();
        assert_eq!(trace.take_trace(&begun), ["[3/3] RUN echo hi && cat /f && echo $((1+1)) > /y"]);
        assert!(trace.take_trace(&begun).is_empty(), "it is told once");
    }

    fn message(parts: &[(u8, &[u8])]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (field, value) in parts {
            bytes.push(field << 3 | 2);
            bytes.push(u8::try_from(value.len()).expect("short"));
            bytes.extend_from_slice(value);
        }
        bytes
    }

    #[test]
    fn the_lines_of_the_step_that_failed_are_kept() {
        let mut trace = Trace::default();
        let vertex = message(&[(1, b"d"), (3, b"[1/1] RUN x"), (5, b"")]);
        trace.take_trace(&message(&[(1, &vertex)]));
        let log = message(&[(1, b"d"), (4, b"one\ntwo\rTWO\nth")]);
        assert_eq!(trace.take_trace(&message(&[(3, &log)])), ["one", "TWO"]);
        let failed = message(&[(1, b"d"), (3, b"[1/1] RUN x"), (5, b""), (7, b"exit code: 1")]);
        trace.take_trace(&message(&[(1, &failed)]));
        let step = trace.failed().expect("a step");
        assert_eq!((step.name.as_str(), step.lines.join("|").as_str()), ("[1/1] RUN x", "one|TWO|th"));
    }

    #[test]
    fn the_classic_builder_tells_steps_in_words() {
        let mut trace = Trace::default();
        trace.take_text("Step 1/2 : FROM a\n");
        trace.take_text(" ---> 123\n");
        trace.take_text("Step 2/2 : RUN make\n ---> Running in abc\n");
        trace.take_text("\u{1b}[91mno rule\n\u{1b}[0m");
        trace.take_text("Removing intermediate container abc\n");
        let step = trace.failed().expect("a step");
        assert_eq!((step.name.as_str(), step.lines.join("|").as_str()), ("Step 2/2 : RUN make", "no rule"));
    }

    #[test]
    fn what_is_no_message_is_no_trouble() {
        for bytes in [&[0xff; 12][..], &[0x0a, 0xff], &[0x0a, 5, 1], &[0x0f]] {
            assert!(Trace::default().take_trace(bytes).is_empty());
        }
    }
}
