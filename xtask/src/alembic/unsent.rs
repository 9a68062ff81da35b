//! What sessions have changed and not sent yet, and which objects they hold.

use super::connections::is_session;
use super::desk::Desk;
use super::doubts::Doubt;
use super::sessions::fault;
use crate::python::{Arguments, Interpreter, Span, Value};
use crate::sqlmodel::vocabulary::Fault;

/// A change to an object that no session has sent yet.
pub(super) struct Unsent {
    pub(super) span: Span,
    /// The doubts that it was made in.
    doubts: Vec<u64>,
    is_delete: bool,
}

/// What is known of the objects of a session.
#[derive(Default)]
pub(super) struct Objects<'p> {
    /// Changes in the order in which the script makes them.
    pub(super) unsent: Vec<Unsent>,
    /// The session that was used last.
    session: Option<Value<'p>>,
    /// Classes whose objects were loaded, and whether SQL may have changed their rows since.
    loaded: Vec<(Value<'p>, bool)>,
}

impl<'p> Objects<'p> {
    /// Whether objects of a class were loaded, and have what the server has.
    pub(super) fn holds(&self, class: &Value<'p>) -> bool {
        self.loaded.iter().any(|(known, is_stale)| known.is(class) && !is_stale)
    }

    /// Something was sent that no object knows of.
    pub(super) fn note_sql(&mut self) {
        self.loaded.iter_mut().for_each(|(_, is_stale)| *is_stale = true);
    }
}

/// What was said to the function that made the session, or to the maker of that.
fn says(session: &Value<'_>, name: &str, is_it: impl Fn(Option<bool>) -> bool) -> bool {
    let says = |given: &Arguments<'_>| given.open.is_some() || given.keyword(name).is_some_and(|it| is_it(it.truth()));
    session
        .as_call()
        .is_some_and(|(function, given)| says(given) || function.as_call().is_some_and(|(_, given)| says(given)))
}

impl<'p> Desk<'p> {
    /// A session is used: what another one has changed and not sent is sent at a time of its own.
    pub(super) fn use_session(&self, py: &Interpreter<'p>, session: &Value<'p>, span: Span) {
        let mut state = self.state_mut();
        let objects = &mut state.objects;
        let is_same = objects.session.as_ref().is_none_or(|it| it.is(session));
        let unsent = objects.unsent.first().map(|it| it.span).filter(|_| !is_same);
        if !is_same {
            objects.loaded.clear();
        }
        objects.session = Some(session.clone());
        drop(state);
        if unsent.is_some() {
            self.gap(py, "a session", "another one has not sent yet what was changed in it", span);
        }
    }

    /// A session sends all that was changed in it, where that is as certain as the changes are.
    pub(super) fn send_unsent(&self) {
        let mut state = self.state_mut();
        let here = state.doubts.last().map(|it| it.number);
        state.objects.unsent.retain(|it| here.is_some_and(|here| !it.doubts.contains(&here)));
    }

    /// `session.commit()`, `session.flush()`
    pub(super) fn flush(&self, py: &Interpreter<'p>, session: &Value<'p>, name: &str, span: Span) {
        self.use_session(py, session, span);
        self.send_unsent();
        if name == "flush" {
            return;
        }
        if !self.open_objects().is_empty() {
            let why = "the objects that are gone through are asked for again after it";
            return self.gap(py, "`.commit()` of a session", why, span);
        }
        let mut state = self.state_mut();
        if state.doubts.is_empty() && !says(session, "expire_on_commit", |it| it != Some(true)) {
            state.objects.loaded.clear();
        }
    }

    /// A query is sent: by a session that knows of mapped classes in it, what was changed is sent before.
    pub(super) fn before_query(
        &self,
        py: &Interpreter<'p>,
        session: Option<&Value<'p>>,
        is_mapped: bool,
        class: Option<&Value<'p>>,
        span: Span,
    ) -> Result<(), Fault> {
        if let Some(session) = session.filter(|it| is_session(it)) {
            self.use_session(py, session, span);
            if is_mapped && !says(session, "autoflush", |it| it != Some(true)) {
                self.send_unsent();
            }
        }
        let mut state = self.state_mut();
        if let Some(unsent) = state.objects.unsent.first() {
            let why = "objects that were changed before are not sent yet";
            return Err(fault("a query", why, unsent.span));
        }
        let Some(class) = class else { return Ok(()) };
        match state.objects.loaded.iter().find(|(known, _)| known.is(class)) {
            Some((_, true)) => {
                let why =
                    "objects that were loaded before keep what they had, and SQL may have changed their rows since";
                Err(fault("a query for objects", why, span))
            }
            Some((_, false)) => Ok(()),
            None => {
                state.objects.loaded.push((class.clone(), false));
                Ok(())
            }
        }
    }

    /// A statement that a session sends for its objects.
    pub(super) fn send_change(&self, py: &Interpreter<'p>, sql: String, is_delete: bool, span: Span) {
        let mut state = self.state_mut();
        state.by_objects = true;
        if !is_delete && state.objects.unsent.iter().any(|it| it.is_delete) {
            drop(state);
            let why = "another one was deleted before, and a session sends what is deleted last";
            return self.gap(py, "an object of a session", why, span);
        }
        let unsent = std::mem::take(&mut state.objects.unsent);
        let loaded = std::mem::take(&mut state.objects.loaded);
        drop(state);
        self.emit(py, sql, span);
        let mut state = self.state_mut();
        let doubts = state.doubts.iter().map(|it| it.number).collect();
        state.objects.unsent = unsent;
        state.objects.unsent.push(Unsent { span, doubts, is_delete });
        state.objects.loaded = loaded;
    }

    /// `query.update(…)`, `query.delete()`: a session tells its objects of it, unless it is told not to.
    pub(super) fn send_for_all(&self, py: &Interpreter<'p>, sql: &str, given: &Arguments<'p>, span: Span) {
        if !self.open_objects().is_empty() {
            let why = "it changes objects that are gone through";
            return self.gap(py, "a statement of a session for all rows", why, span);
        }
        let is_silent = given.keyword("synchronize_session").is_some_and(|it| it.truth() != Some(true));
        let loaded = std::mem::take(&mut self.state_mut().objects.loaded);
        self.run_sql(py, sql, span);
        self.state_mut().objects.loaded = loaded;
        if is_silent {
            self.state_mut().objects.note_sql();
        }
    }

    /// Whether an object of a class may be the one that another loop is at.
    pub(super) fn may_be_gone_through(&self, class: &Value<'p>, variable: Option<&str>) -> bool {
        self.open_objects().iter().any(|(of, name)| of.is(class) && Some(name.as_str()) != variable)
    }

    /// The classes whose objects are gone through here, with the variables that hold them.
    fn open_objects(&self) -> Vec<(Value<'p>, String)> {
        let state = self.state();
        let of = |doubt: &Doubt| {
            let row = state.rows.get(doubt.first_row).filter(|row| doubt.goes_through(&row.variable))?;
            Some((row.selected.class.clone()?, row.variable.clone()))
        };
        state.doubts.iter().filter_map(of).collect()
    }

    /// The function ends: what no session has sent by now is lost, and was not meant to be.
    pub(super) fn finish(&self, py: &Interpreter<'p>) {
        self.drop_gathered();
        let unsent = std::mem::take(&mut self.state_mut().objects.unsent);
        if let Some(unsent) = unsent.first() {
            self.gap(py, "an object of a session", "it is changed, and nothing sends that for sure", unsent.span);
        }
    }
}
