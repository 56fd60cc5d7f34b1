//! In reading order: where things are, how a page is expanded, what is done with the pages.

pub(crate) mod workspace;

pub(crate) mod anchor;
pub(crate) mod directive;
pub(crate) mod item;
pub(crate) mod ledger;
pub(crate) mod page;
pub(crate) mod python;
pub(crate) mod runs;
pub(crate) mod session;
pub(crate) mod several;
pub(crate) mod sources;

pub(crate) mod check;
pub(crate) mod exercise;
pub(crate) mod html;
pub(crate) mod record;
pub(crate) mod serve;

#[cfg(test)]
mod tests;
