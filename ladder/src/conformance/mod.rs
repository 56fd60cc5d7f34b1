//! The suite that every model goes through.
