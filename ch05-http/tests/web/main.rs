//! The framework: routes, what handlers take and give, files, the log; and what each carrier makes
//! of answers that go wrong on their way.

mod ask;
mod broken_off;
mod files;
mod log;
mod routing;
mod taking;
