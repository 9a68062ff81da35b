//! Services on a real engine, over the library: what is done, what is left alone, and what is said of it.

mod driven;
mod failures;
mod jobs;
mod life;
mod mixed;
