//! What the runtime promises about a task's end: its outcome, its abortion, its destructors, and what
//! is told of it.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use ch04_async::task::{self, AbortHandle, TaskState};
use ch04_async::{Clock, JoinError, JoinHandle, Report, Runtime, sleep, spawn, yield_now};

/// A runtime, and what it reported.
fn observed() -> (Runtime, Rc<RefCell<Vec<Report>>>) {
    let reports = Rc::new(RefCell::new(Vec::new()));
    let told = Rc::clone(&reports);
    let builder = Runtime::builder().clock(Clock::paused());
    let builder = builder.debug(true).slow_poll(Duration::MAX);
    let builder = builder.on_report(move |report| told.borrow_mut().push(report.clone()));
    (builder.build().expect("a runtime"), reports)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let (runtime, reports) = observed();
    let output = runtime.block_on(future);
    drop(runtime);
    let reports = reports.take();
    assert!(reports.is_empty(), "{reports:?}");
    output
}

/// Counts how often it was dropped.
#[derive(Clone, Default)]
struct Drops(Rc<Cell<usize>>);

impl Drops {
    fn guard(&self) -> Guard {
        Guard(self.clone())
    }

    fn count(&self) -> usize {
        self.0.get()
    }
}

struct Guard(Drops);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.0.set(self.0.0.get() + 1);
    }
}

/// Does something when it is dropped.
struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

fn message(error: JoinError) -> &'static str {
    error.into_panic().downcast_ref::<&str>().copied().expect("text")
}

fn panics() -> impl Future<Output = ()> {
    poll_fn(|_| panic!("on purpose"))
}

#[test]
fn a_handle_gives_what_its_task_gave_also_when_it_is_not_send() {
    let value = block_on(async { spawn(async { Rc::new(7) }).await });
    assert_eq!(*value.expect("no panic"), 7);
}

#[test]
fn a_handle_awaited_after_the_end_gives_it_too() {
    block_on(async {
        let handle = spawn(async { 7 });
        assert!(!handle.is_finished());
        yield_now().await;
        assert!(handle.is_finished());
        assert_eq!(handle.await.expect("no panic"), 7);
    });
}

#[test]
fn a_dropped_handle_lets_its_task_go_on() {
    let drops = Drops::default();
    block_on(async {
        let guard = drops.guard();
        drop(spawn(async move {
            yield_now().await;
            drop(guard);
        }));
        while drops.count() == 0 {
            yield_now().await;
        }
    });
}

#[test]
fn an_output_that_nobody_takes_is_dropped_once() {
    for early in [true, false] {
        let drops = Drops::default();
        block_on(async {
            let guard = drops.guard();
            let handle = spawn(async move { guard });
            if early {
                drop(handle);
                yield_now().await;
            } else {
                yield_now().await;
                drop(handle);
            }
            assert_eq!(drops.count(), 1);
        });
    }
}

#[test]
fn a_panic_reaches_whoever_awaits_and_nobody_else() {
    block_on(async {
        let other = spawn(async {
            yield_now().await;
            7
        });
        let error = spawn(panics()).await;
        let error = error.expect_err("it panicked");
        assert!(error.is_panic() && !error.is_cancelled());
        assert!(error.to_string().ends_with("panicked: on purpose"), "{error}");
        assert_eq!(message(error), "on purpose");
        assert_eq!(other.await.expect("unharmed"), 7);
    });
}

#[test]
fn a_panic_in_a_destructor_is_the_tasks_outcome_however_it_ends() {
    block_on(async {
        let bomb = || OnDrop(|| panic!("in drop"));
        let (ends, aborted) = (bomb(), bomb());
        let ends = spawn(async move {
            let _bomb = ends;
            yield_now().await;
        });
        assert_eq!(message(ends.await.expect_err("it panicked")), "in drop");
        let aborted = spawn(async move {
            let _bomb = aborted;
            pending::<()>().await;
        });
        yield_now().await;
        aborted.abort();
        assert_eq!(message(aborted.await.expect_err("it panicked")), "in drop");
    });
}

#[test]
fn an_abort_drops_the_future_where_it_waits_once_and_inside_of_the_runtime() {
    let drops = Drops::default();
    block_on(async {
        let guard = drops.guard();
        let task = spawn(async move {
            let _guard = guard;
            let _spawns = OnDrop(|| drop(spawn(ready(()))));
            pending::<()>().await;
        });
        yield_now().await;
        task.abort();
        task.abort();
        assert_eq!(drops.count(), 0, "at its turn, and not within the call");
        let error = task.await.expect_err("aborted");
        assert!(error.is_cancelled() && !error.is_panic());
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn a_task_aborted_before_its_first_poll_never_runs() {
    block_on(async {
        let task = spawn(panics());
        task.abort();
        assert!(task.await.expect_err("aborted").is_cancelled());
    });
}

#[test]
fn a_task_that_has_ended_is_not_changed_by_an_abort() {
    block_on(async {
        let task = spawn(async { 7 });
        yield_now().await;
        task.abort();
        assert_eq!(task.await.expect("it had ended"), 7);
    });
}

#[test]
fn a_task_may_abort_itself() {
    block_on(async {
        let slot = Rc::new(RefCell::new(None::<JoinHandle<()>>));
        let own = Rc::clone(&slot);
        let task = spawn(async move {
            own.borrow().as_ref().expect("set before the first poll").abort();
            pending::<()>().await;
        });
        let handle = task.abort_handle();
        slot.replace(Some(task));
        while !handle.is_finished() {
            yield_now().await;
        }
        assert!(slot.take().expect("set").await.expect_err("aborted").is_cancelled());
    });
}

#[test]
fn an_abort_handle_works_from_another_thread_and_after_the_end() {
    block_on(async {
        let task = spawn(pending::<()>());
        let handle = task.abort_handle();
        let aborting = thread::spawn(move || {
            handle.abort();
            handle
        });
        assert!(task.await.expect_err("aborted").is_cancelled());
        let handle = aborting.join().expect("no panic");
        handle.abort();
        assert!(handle.is_finished());
    });
}

#[test]
fn destructors_may_wake_spawn_and_abort() {
    let drops = Drops::default();
    block_on(async {
        let victim = spawn(pending::<()>());
        let abort = victim.abort_handle();
        let waker = Rc::new(RefCell::new(None::<Waker>));
        let (kept, woken, guard) = (Rc::clone(&waker), Rc::clone(&waker), drops.clone());
        let task = spawn(async move {
            let _drops = OnDrop(move || {
                woken.borrow().as_ref().expect("kept").wake_by_ref();
                abort.abort();
                let guard = guard.guard();
                drop(spawn(async move { drop(guard) }));
            });
            poll_fn(|context| {
                kept.replace(Some(context.waker().clone()));
                Poll::<()>::Pending
            })
            .await;
        });
        yield_now().await;
        task.abort();
        assert!(task.await.expect_err("aborted").is_cancelled());
        assert!(victim.await.expect_err("aborted").is_cancelled());
        while drops.count() == 0 {
            yield_now().await;
        }
    });
}

/// Tasks that hold each other, each the next one's only hope: who is dropped aborts the next.
fn chain(length: usize, drops: &Drops) -> JoinHandle<()> {
    let mut next = None::<AbortHandle>;
    let mut last = None;
    for _ in 0..length {
        let (abort, guard) = (next.take(), drops.guard());
        let task = spawn(async move {
            let _guard = guard;
            let _next = OnDrop(move || abort.iter().for_each(AbortHandle::abort));
            pending::<()>().await;
        });
        next = Some(task.abort_handle());
        last = Some(task);
    }
    last.expect("one at least")
}

#[test]
fn a_hundred_thousand_destructors_that_abort_each_other_need_no_deep_stack() {
    const LENGTH: usize = 100_000;
    let drops = Drops::default();
    block_on(async {
        let first = chain(LENGTH, &drops);
        // Each is polled once, so that its destructors are there to be run.
        yield_now().await;
        first.abort();
        assert!(first.await.expect_err("aborted").is_cancelled());
        while drops.count() < LENGTH {
            yield_now().await;
        }
    });
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        drop(chain(LENGTH, &drops));
        yield_now().await;
    });
    drop(runtime);
    assert_eq!(drops.count(), 2 * LENGTH, "each once, also by the end of the runtime");
}

#[test]
fn a_destructor_that_panics_while_the_runtime_ends_keeps_nobody_elses_from_running() {
    let drops = Drops::default();
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        for number in 0..9 {
            let guard = drops.guard();
            drop(spawn(async move {
                let _guard = guard;
                let _panics = OnDrop(move || assert!(number % 3 != 1, "on purpose"));
                pending::<()>().await;
            }));
        }
        yield_now().await;
    });
    let _ = catch_unwind(AssertUnwindSafe(|| drop(runtime)));
    assert_eq!(drops.count(), 9);
}

#[test]
fn a_task_whose_waker_moved_from_one_awaiter_to_another_wakes_the_newest() {
    block_on(async {
        let mut task = spawn(async {
            sleep(Duration::from_secs(1)).await;
            7
        });
        poll_fn(|_| {
            // Another waker first.
            let noop = &mut Context::from_waker(Waker::noop());
            assert!(pin!(&mut task).poll(noop).is_pending());
            Poll::Ready(())
        })
        .await;
        assert_eq!(task.await.expect("no panic"), 7);
    });
}

#[test]
fn a_runtime_that_goes_cancels_what_others_wait_for() {
    let inner = Runtime::new().expect("a runtime");
    let task = inner.block_on(poll_fn(|_| Poll::Ready(spawn(pending::<()>()))));
    block_on(async move {
        let waits = spawn(task);
        yield_now().await;
        drop(inner);
        let outcome = waits.await.expect("the waiting task itself is well");
        assert!(outcome.expect_err("its runtime is gone").is_cancelled());
    });
}

#[test]
fn a_panic_or_error_that_nobody_looks_at_is_reported_with_the_tasks_name_and_place() {
    let (runtime, reports) = observed();
    runtime.block_on(async {
        drop(task::Builder::new().name("early").spawn(panics()));
        let late = task::spawn_fallible(async { Err::<(), _>("two") });
        let seen = task::spawn_fallible(async { Err::<(), _>("seen") });
        assert_eq!(seen.await.expect("no panic"), Err("seen"));
        drop(late);
    });
    let reports: Vec<_> = reports.take().iter().map(ToString::to_string).collect();
    assert_eq!(reports.len(), 2, "{reports:?}");
    assert!(reports[0].contains("(early), spawned at ") && reports[0].contains("tests/tasks.rs:"));
    assert!(reports[0].ends_with("panicked, and nobody looked: on purpose"), "{}", reports[0]);
    assert!(reports[1].ends_with("ended with an error, and nobody looked: two"), "{}", reports[1]);
}

#[test]
fn debug_mode_reports_slow_polls_and_pending_tasks_that_are_destroyed() {
    let reports = Rc::new(RefCell::new(Vec::new()));
    let told = Rc::clone(&reports);
    let builder = Runtime::builder().debug(true).slow_poll(Duration::from_millis(20));
    let builder = builder.on_report(move |report| told.borrow_mut().push(report.clone()));
    let runtime = builder.build().expect("a runtime");
    runtime.block_on(async {
        let slow = task::Builder::new().name("slow");
        let blocks = slow.spawn(async { thread::sleep(Duration::from_millis(20)) });
        blocks.await.expect("no panic");
        drop(task::Builder::new().name("left").spawn(pending::<()>()));
    });
    drop(runtime);
    let reports = reports.take();
    let slow = reports.iter().find(|report| report.task().name() == Some("slow"));
    let Some(Report::SlowPoll { took, .. }) = slow else { panic!("{reports:?}") };
    assert!(*took >= Duration::from_millis(20));
    let left = reports.iter().find(|report| report.task().name() == Some("left"));
    assert!(matches!(left, Some(Report::DestroyedWhilePending { .. })), "{reports:?}");
}

#[test]
fn without_debug_mode_neither_is_reported() {
    let count = Rc::new(Cell::new(0));
    let told = Rc::clone(&count);
    let builder = Runtime::builder().debug(false).slow_poll(Duration::ZERO);
    let builder = builder.on_report(move |_| told.set(told.get() + 1));
    let runtime = builder.build().expect("a runtime");
    runtime.block_on(async { drop(spawn(pending::<()>())) });
    drop(runtime);
    assert_eq!(count.get(), 0);
}

#[test]
fn the_living_tasks_are_listed_with_name_age_polls_place_and_state() {
    let (runtime, _) = observed();
    runtime.block_on(async {
        let waits = task::Builder::new().name("waits").spawn(pending::<()>());
        let line = line!() - 1;
        sleep(Duration::from_secs(5)).await;
        let ready = task::Builder::new().name("ready").spawn(ready(()));
        let all = task::all();
        let names: Vec<_> = all.iter().map(|task| task.name().expect("named")).collect();
        assert_eq!(names, ["main", "waits", "ready"]);
        let [main, waiting, about_to_run] = &all[..] else { panic!("{all:?}") };
        assert_eq!((main.state, main.polls), (TaskState::Running, 2));
        assert_eq!((waiting.state, waiting.polls), (TaskState::Waiting, 1));
        assert_eq!(waiting.age, Duration::from_secs(5));
        assert_eq!(waiting.location.line(), line);
        assert_eq!((about_to_run.state, about_to_run.polls), (TaskState::Ready, 0));
        assert_eq!(waits.name().as_deref(), Some("waits"));
        assert_eq!(waiting.id(), waits.id());
        yield_now().await;
        assert_eq!(task::all()[2].state, TaskState::Ended);
        drop(ready);
        assert_eq!(task::all().len(), 2);
        assert_eq!(task::current().expect("main").name(), Some("main"));
    });
    assert_eq!(runtime.tasks().len(), 1, "the one that waits");
}

#[test]
fn a_hundred_thousand_tasks_leave_nothing_behind() {
    let drops = Drops::default();
    let (runtime, _) = observed();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..100_000)
            .map(|number| {
                let guard = drops.guard();
                spawn(async move {
                    drop(guard);
                    number
                })
            })
            .collect();
        let mut sum = 0_u64;
        for task in tasks {
            sum += task.await.expect("no panic");
        }
        assert_eq!(sum, 99_999 * 100_000 / 2);
    });
    assert_eq!((drops.count(), runtime.tasks().len()), (100_000, 0));
}

#[test]
fn wakes_from_many_threads_at_once_are_all_heard() {
    const THREADS: usize = 4;
    const WAKES: usize = 2_000;
    let (sender, receiver) = mpsc::channel::<Waker>();
    let receiver = std::sync::Arc::new(std::sync::Mutex::new(receiver));
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let receiver = std::sync::Arc::clone(&receiver);
            thread::spawn(move || {
                loop {
                    let next = receiver.lock().expect("no panic").recv();
                    let Ok(waker) = next else { return };
                    waker.wake();
                }
            })
        })
        .collect();
    block_on(async {
        let tasks: Vec<_> = (0..THREADS)
            .map(|_| {
                let sender = sender.clone();
                spawn(async move {
                    for _ in 0..WAKES {
                        let mut asked = false;
                        poll_fn(|context| {
                            if std::mem::replace(&mut asked, true) {
                                return Poll::Ready(());
                            }
                            sender.send(context.waker().clone()).expect("threads live");
                            Poll::Pending
                        })
                        .await;
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
    });
    drop(sender);
    for thread in threads {
        thread.join().expect("no panic");
    }
}

ch04_async::task_local! { static REQUEST: u64; }

#[test]
fn a_value_of_a_task_is_seen_by_it_alone_and_by_its_destructors() {
    block_on(async {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let tasks: Vec<_> = (0..3)
            .map(|number| {
                let seen = Rc::clone(&seen);
                spawn(REQUEST.scope(number, async move {
                    let at_the_end = Rc::clone(&seen);
                    let _at_the_end = OnDrop(move || at_the_end.borrow_mut().push(REQUEST.get()));
                    assert_eq!(REQUEST.get(), Some(number));
                    yield_now().await;
                    let inner = REQUEST.scope(100, async {
                        yield_now().await;
                        REQUEST.get()
                    });
                    assert_eq!(inner.await, Some(100));
                    assert_eq!(REQUEST.get(), Some(number));
                    pending::<()>().await;
                }))
            })
            .collect();
        for _ in 0..4 {
            yield_now().await;
            assert_eq!(REQUEST.get(), None, "not ours");
        }
        for task in tasks {
            task.abort();
            assert!(task.await.expect_err("aborted").is_cancelled());
        }
        assert_eq!(*seen.borrow(), [Some(0), Some(1), Some(2)]);
    });
}
