//! What went wrong where no caller is left to be told.
//!
//! A callback's caller is the loop, and the loop goes on. So a panic or an error comes here, with
//! the line that had asked for the callback: the stack shows only the loop.

use std::any::Any;
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use super::EventLoop;

/// A failure that nobody else can be told of.
#[derive(Debug)]
#[non_exhaustive]
pub enum Fault {
    /// A callback panicked. The message, as far as it is text.
    Panic {
        /// What the panic said.
        message: String,
        /// Where the callback was handed to the loop.
        made_at: &'static Location<'static>,
    },
    /// A callback kept the loop, and so everybody else, for longer than allowed.
    Slow {
        /// How long it took.
        took: Duration,
        /// Where the callback was handed to the loop.
        made_at: &'static Location<'static>,
    },
    /// A server cannot accept any more, and was closed.
    Server(io::Error),
    /// Something else that a transport could not tell its protocol.
    Other {
        /// What was being done.
        doing: &'static str,
        /// And how it went.
        error: io::Error,
    },
}

impl Fault {
    pub(crate) fn panic(payload: &(dyn Any + Send), made_at: &'static Location<'static>) -> Fault {
        Fault::Panic { message: message_of(payload), made_at }
    }
}

/// The text of a panic: `panic!` makes one of these two.
pub(crate) fn message_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("not a text").to_owned()
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Panic { message, made_at } => {
                write!(f, "a callback made at {made_at} panicked: {message}")
            }
            Fault::Slow { took, made_at } => {
                write!(f, "a callback made at {made_at} kept the loop for {took:?}")
            }
            Fault::Server(error) => write!(f, "a server was closed: {error}"),
            Fault::Other { doing, error } => write!(f, "{doing}: {error}"),
        }
    }
}

impl EventLoop {
    /// What to call with each [`Fault`], instead of a line on standard error.
    pub fn set_exception_handler(&self, handler: impl Fn(&EventLoop, &Fault) + 'static) {
        let replaced = self.inner.fault_handler.replace(Some(Rc::new(handler)));
        drop(replaced);
    }

    /// Reports callbacks that take `threshold` or longer as [`Fault::Slow`]; `None` is no report,
    /// and no look at the clock either.
    pub fn set_slow_callback(&self, threshold: Option<Duration>) {
        self.inner.slow_callback.set(threshold);
    }

    /// Hands a fault to the exception handler. If that panics, too, standard error is what is left.
    pub fn call_exception_handler(&self, fault: &Fault) {
        let handler = self.inner.fault_handler.borrow().clone();
        let told = handler.map(|handler| catch_unwind(AssertUnwindSafe(|| handler(self, fault))));
        match told {
            Some(Ok(())) => {}
            Some(Err(payload)) => {
                eprintln!("the exception handler panicked: {}", message_of(&*payload));
                eprintln!("and this is what it was told: {fault}");
            }
            None => eprintln!("{fault}"),
        }
    }
}
