//! A stage on which tasks are polled by hand, in an order that the test chooses, and cut at any step.
//!
//! No runtime, no clock, no socket: a task is polled when it was woken, and each poll is a step. So
//! every moment at which a task can be dropped has a number, and [`cut_everywhere`] tries them all:
//! also the one between being woken and being polled.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

/// A task on the stage.
pub(crate) type Actor = Pin<Box<dyn Future<Output = ()>>>;

/// Steps after which a scene is taken for one that never ends.
const STEPS_MAX: usize = 10_000;

/// Tasks, polled one step at a time.
pub(crate) struct Stage {
    actors: Vec<Option<Actor>>,
    cues: Vec<Arc<Cue>>,
    ready: Arc<Mutex<VecDeque<usize>>>,
}

struct Cue {
    actor: usize,
    queued: AtomicBool,
    ready: Arc<Mutex<VecDeque<usize>>>,
}

impl Wake for Cue {
    fn wake(self: Arc<Self>) {
        if !self.queued.swap(true, Ordering::Relaxed) {
            self.ready.lock().expect("one thread").push_back(self.actor);
        }
    }
}

impl Stage {
    /// All actors are ready for their first poll, in this order.
    pub(crate) fn new(actors: Vec<Actor>) -> Stage {
        let ready = Arc::new(Mutex::new(VecDeque::new()));
        let mut stage = Stage { actors: Vec::new(), cues: Vec::new(), ready };
        for actor in actors {
            stage.enter(actor);
        }
        stage
    }

    /// One more actor; returns its number.
    pub(crate) fn enter(&mut self, actor: Actor) -> usize {
        let number = self.actors.len();
        let (queued, ready) = (AtomicBool::new(false), Arc::clone(&self.ready));
        let cue = Arc::new(Cue { actor: number, queued, ready });
        Waker::from(Arc::clone(&cue)).wake();
        self.actors.push(Some(actor));
        self.cues.push(cue);
        number
    }

    /// Polls the actor that has been ready for longest; with `last_first`, for shortest. False when
    /// nobody is ready.
    pub(crate) fn step(&mut self, last_first: bool) -> bool {
        let mut ready = self.ready.lock().expect("one thread");
        let next = if last_first { ready.pop_back() } else { ready.pop_front() };
        drop(ready);
        let Some(number) = next else { return false };
        let cue = &self.cues[number];
        cue.queued.store(false, Ordering::Relaxed);
        let waker = Waker::from(Arc::clone(cue));
        if let Some(actor) = &mut self.actors[number]
            && actor.as_mut().poll(&mut Context::from_waker(&waker)).is_ready()
        {
            self.actors[number] = None;
        }
        true
    }

    /// Runs until nobody is ready; returns the number of steps.
    pub(crate) fn run(&mut self, last_first: bool) -> usize {
        let mut steps = 0;
        while self.step(last_first) {
            steps += 1;
            assert!(steps < STEPS_MAX, "a scene without end");
        }
        steps
    }

    /// Drops an actor where it stands. False: it had finished.
    pub(crate) fn cut(&mut self, number: usize) -> bool {
        self.actors[number].take().is_some()
    }

    /// The actors that have not finished and were not cut.
    pub(crate) fn left(&self) -> Vec<usize> {
        (0..self.actors.len()).filter(|&number| self.actors[number].is_some()).collect()
    }
}

/// What is played: the actors, and what must be true when all is over.
pub(crate) struct Scene {
    pub(crate) actors: Vec<Actor>,
    pub(crate) check: Box<dyn FnOnce()>,
}

impl Scene {
    pub(crate) fn new(check: impl FnOnce() + 'static) -> Scene {
        Scene { actors: Vec::new(), check: Box::new(check) }
    }

    pub(crate) fn with(mut self, actor: impl Future<Output = ()> + 'static) -> Scene {
        self.actors.push(Box::pin(actor));
        self
    }
}

/// Plays the scene uncut; then once for each actor of `victims` and each step, with that actor
/// dropped after that step. The others must finish, and the check must hold, in each. All of it
/// under two orders: the longest ready first, and the shortest ready first.
pub(crate) fn cut_everywhere(victims: &[usize], make: impl Fn() -> Scene) {
    let mut cuts = 0;
    for last_first in [false, true] {
        let scene = make();
        let mut stage = Stage::new(scene.actors);
        let steps = stage.run(last_first);
        assert_eq!(stage.left(), [0; 0], "uncut, each finishes");
        (scene.check)();
        for &victim in victims {
            for cut_after in 0..=steps {
                let scene = make();
                let mut stage = Stage::new(scene.actors);
                for _ in 0..cut_after {
                    stage.step(last_first);
                }
                if !stage.cut(victim) {
                    break;
                }
                stage.run(last_first);
                let left = stage.left();
                assert!(left.is_empty(), "{victim} cut after {cut_after}: {left:?} hang");
                (scene.check)();
                cuts += 1;
            }
        }
    }
    assert!(cuts > victims.len(), "something was cut");
}

/// Gives the others a turn.
pub(crate) async fn turn() {
    let mut given = false;
    poll_fn(|context| {
        if std::mem::replace(&mut given, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A waker that counts.
#[derive(Default)]
pub(crate) struct Count(AtomicUsize);

impl Count {
    pub(crate) fn new() -> (Arc<Count>, Waker) {
        let count = Arc::new(Count::default());
        (Arc::clone(&count), Waker::from(count))
    }

    pub(crate) fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Polls once, with a waker that does nothing.
pub(crate) fn poll<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll_with(future, Waker::noop())
}

/// Polls once.
pub(crate) fn poll_with<F: Future + Unpin>(future: &mut F, waker: &Waker) -> Poll<F::Output> {
    Pin::new(future).poll(&mut Context::from_waker(waker))
}
