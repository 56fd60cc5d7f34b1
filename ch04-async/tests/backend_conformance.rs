//! The suite, over the executor on the selectors that are not this system's best: poll(2), which knows
//! no edges, so that sockets are armed for each wait; and one by library.

use std::process::ExitCode;
use std::rc::Rc;

use ch03_selectors::{Selector, poll::Poll, polling::Polling};
use ch04_async::{Runtime, executor};
use ladder::{Chapter, Model};

/// Their rows differ from the model `executor` in the selector alone.
const MODELS: &[Model] = &[
    Model {
        name: "executor-on-poll",
        serve: |listener, stop| {
            let selector: Rc<dyn Selector> = Rc::new(Poll::default());
            executor::serve_on(Runtime::over(selector)?, listener, stop)
        },
        ..ch04_async::MODELS[0]
    },
    Model {
        name: "executor-on-polling",
        serve: |listener, stop| {
            executor::serve_on(Runtime::over(Rc::new(Polling::new()?))?, listener, stop)
        },
        ..ch04_async::MODELS[0]
    },
];

fn main() -> ExitCode {
    assert_eq!(ch04_async::MODELS[0].name, "executor");
    let title = "the executor on other selectors";
    let chapter = Chapter { package: "backends", title, models: MODELS, ..ch04_async::CHAPTER };
    ladder::conformance::main(&chapter)
}
