//! Our servers one by one: what they do as time goes by, what becomes of answers that break off, and whom
//! they serve when there is no room, or no time, for all.

mod all;
mod executor;
mod hyper;
mod log;
mod places;
mod slow;
mod threads;
