//! The settings of a runtime.

use std::env;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use ch03_selectors::{Selector, default_selector};

use crate::blocking::Settings;
use crate::clock::Clock;
use crate::events::{Event, Events};
use crate::report::{Report, Reporter};
use crate::runtime::Runtime;

/// Set to anything but `0` or nothing, it switches debug mode on in all runtimes that do not say
/// themselves.
pub const DEBUG_VARIABLE: &str = "LEARNING_TO_WAIT_DEBUG";

/// How long a poll may take before debug mode reports it. As long as asyncio's
/// `loop.slow_callback_duration`: a person notices, and a good task is far from it.
pub const SLOW_POLL: Duration = Duration::from_millis(100);

/// A runtime to be. What is not set stays as [`Runtime::new`] has it.
#[derive(Debug)]
#[must_use = "there is no runtime before `build`"]
pub struct Builder {
    pub(crate) selector: Option<Rc<dyn Selector>>,
    pub(crate) clock: Clock,
    pub(crate) debug: bool,
    pub(crate) slow_poll: Duration,
    pub(crate) spins: u32,
    pub(crate) reporter: Reporter,
    pub(crate) events: Option<Events>,
    pub(crate) blocking: Settings,
}

impl Default for Builder {
    fn default() -> Builder {
        let debug = env::var_os(DEBUG_VARIABLE).is_some_and(|set| !set.is_empty() && set != "0");
        Builder {
            selector: None,
            clock: Clock::real(),
            debug,
            slow_poll: SLOW_POLL,
            spins: 0,
            reporter: Reporter::default(),
            events: Events::of_environment(),
            blocking: Settings::default(),
        }
    }
}

impl Builder {
    /// What the runtime sleeps in. Default: this platform's best.
    pub fn selector(self, selector: Rc<dyn Selector>) -> Builder {
        Builder { selector: Some(selector), ..self }
    }

    /// What time it is. Default: [`Clock::real`]; tests want [`Clock::paused`].
    pub fn clock(self, clock: Clock) -> Builder {
        Builder { clock, ..self }
    }

    /// Whether polls are timed, and tasks reported that are destroyed while they wait. Default: as
    /// [`DEBUG_VARIABLE`] says.
    pub fn debug(self, debug: bool) -> Builder {
        Builder { debug, ..self }
    }

    /// How long a poll may take before debug mode reports it. Default: [`SLOW_POLL`].
    pub fn slow_poll(self, slow_poll: Duration) -> Builder {
        Builder { slow_poll, ..self }
    }

    /// How often to look at the sockets before going to sleep. A few hundred looks take as long as
    /// waking a thread: a reply that comes in that time comes sooner, and what nobody sends costs
    /// them each time. Default: none.
    pub fn spin_before_park(self, spins: u32) -> Builder {
        Builder { spins, ..self }
    }

    /// Who is told of panics and errors that nobody looked at, and what debug mode finds. Default:
    /// one line on standard error.
    pub fn on_report(self, tell: impl Fn(&Report) + 'static) -> Builder {
        Builder { reporter: Reporter(Rc::new(tell)), ..self }
    }

    /// Who is told of everything that happens to tasks; see [`Event`]. Default: a file, if
    /// [`EVENTS_VARIABLE`](crate::events::EVENTS_VARIABLE) names one, and nobody otherwise.
    pub fn on_event(self, tell: impl Fn(&Event) + 'static) -> Builder {
        Builder { events: Some(Events::to(tell)), ..self }
    }

    /// How large the pool for work that blocks may become. Default: [`Settings::default`].
    pub fn blocking(self, blocking: Settings) -> Builder {
        Builder { blocking, ..self }
    }

    /// Makes the runtime.
    ///
    /// # Errors
    ///
    /// When there are no descriptors left for it.
    pub fn build(mut self) -> io::Result<Runtime> {
        let selector = self.selector.take().map_or_else(default_selector, Ok)?;
        Runtime::build(self, selector)
    }
}
