//! The suite, over the selector for kqueue(2) on a stand-in for its two calls (see `stand_in`): the
//! echo servers of macOS and the BSDs, level and edge triggered, where there is no kqueue.

#[cfg(target_os = "linux")]
mod stand_in;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    use ch03_selectors::kqueue::Kqueue;
    use ch03_selectors::{KQUEUE, edge, level};
    use ladder::{Chapter, Model};
    use stand_in::StandIn;
    use std::rc::Rc;

    const MODELS: &[Model] = &[
        Model {
            serve: |listener, stop| {
                level::serve(Rc::new(Kqueue::<StandIn>::new()?), listener, stop)
            },
            ..KQUEUE
        },
        Model {
            name: "kqueue-edge",
            serve: |listener, stop| edge::serve(Rc::new(Kqueue::<StandIn>::new()?), listener, stop),
            ..KQUEUE
        },
    ];
    let title = "kqueue, on a stand-in";
    let chapter = Chapter { package: "stand-in", title, models: MODELS, ..ch03_selectors::CHAPTER };
    ladder::conformance::main(&chapter)
}

/// Where there is a kqueue, `conformance` runs it.
#[cfg(not(target_os = "linux"))]
fn main() {}
