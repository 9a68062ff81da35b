//! Somebody who knows better than a health check whether a service can be used.

use std::future::Future;
use std::pin::Pin;

use crate::diagnostic::Report;
use crate::lifecycle::observed::Container;

/// An answer that takes a while.
pub type Asked<'a> = Pin<Box<dyn Future<Output = Answer> + 'a>>;

/// Asks a service itself. A health check inside of the container may succeed before anybody outside can connect: the one of
/// PostgreSQL does while the server still initialises its data.
pub trait Probe {
    /// The service that it knows.
    fn service(&self) -> &str;

    /// Asks once. The container says where its ports are reached.
    fn ask<'a>(&'a self, container: &'a Container) -> Asked<'a>;
}

/// What came of it.
#[derive(Debug)]
pub enum Answer {
    /// It can be used.
    Ready,
    /// Not yet, in a few words; it is asked again.
    NotYet(String),
    /// It never will be, such as with another password than the data was made with.
    Refused(Report),
}
