//! The Compose side, pure: the text of a Compose file and variables in, values out.

pub mod dotenv;
mod go_text;
pub mod interpolate;
pub mod ports;
pub mod project_name;
pub mod shellwords;
pub mod url;
pub mod url_error;
mod url_parameters;
pub mod volumes;
