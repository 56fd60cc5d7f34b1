//! What the pool for blocking work promises.

mod support;

use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use ch04_async::blocking::{Left, Settings};
use ch04_async::time::Clock;
use ch04_async::{Runtime, sleep, spawn, spawn_blocking, timeout, yield_now};
use support::{run, until};

/// A runtime whose pool has this many threads, and room for that many jobs in its queue.
fn with_pool(threads_max: usize, jobs_max: usize) -> Runtime {
    let settings = Settings { threads_max, jobs_max, ..Settings::default() };
    Runtime::builder().blocking(settings).build().expect("a runtime")
}

/// Counts how often it was dropped.
#[derive(Debug)]
struct Guard(Arc<AtomicUsize>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn a_blocking_job_stops_nobody_and_its_end_wakes_the_loop() {
    run(async {
        let (release, held) = mpsc::channel();
        let job = spawn_blocking(move || held.recv());
        // The loop goes on, or nobody would ever send.
        for _ in 0..10 {
            yield_now().await;
        }
        assert!(!job.is_finished());
        release.send(7).unwrap();
        // Nothing but the job's end can wake the loop now.
        assert_eq!(job.await.unwrap(), Ok(7));
    });
}

#[test]
fn a_job_begins_before_its_spawner_waits() {
    run(async {
        let (begun, told) = mpsc::channel();
        let job = spawn_blocking(move || begun.send(()));
        // This keeps the thread of the loop.
        told.recv_timeout(Duration::from_secs(20)).expect("it runs on a thread of its own");
        job.await.unwrap().unwrap();
    });
}

#[test]
fn jobs_run_side_by_side_up_to_the_limit_of_threads() {
    with_pool(4, 100).block_on(async {
        // Each waits for the other three: with less than four threads nobody would come back.
        let barrier = Arc::new(Barrier::new(4));
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let jobs: Vec<_> = (0..40)
            .map(|_| {
                let (barrier, now, most) =
                    (Arc::clone(&barrier), Arc::clone(&now), Arc::clone(&most));
                spawn_blocking(move || {
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    barrier.wait();
                    now.fetch_sub(1, Ordering::SeqCst);
                })
            })
            .collect();
        for job in jobs {
            job.await.unwrap();
        }
        assert_eq!(most.load(Ordering::SeqCst), 4);
    });
}

#[test]
fn more_jobs_than_threads_and_room_are_all_done_in_order() {
    with_pool(1, 2).block_on(async {
        let (done, order) = mpsc::channel();
        let jobs: Vec<_> = (0..200)
            .map(|number| {
                let done = done.clone();
                spawn_blocking(move || done.send(number))
            })
            .collect();
        for job in jobs {
            job.await.unwrap().unwrap();
        }
        drop(done);
        assert_eq!(order.iter().collect::<Vec<_>>(), (0..200).collect::<Vec<_>>());
    });
}

#[test]
fn a_job_that_waited_outside_and_was_aborted_keeps_nobody_from_going_in() {
    for aborted in 0..6 {
        with_pool(1, 1).block_on(async {
            let (release, held) = mpsc::channel::<()>();
            let first = spawn_blocking(move || held.recv());
            let ran = Arc::new(AtomicUsize::new(0));
            let jobs: Vec<_> = (0..6)
                .map(|_| {
                    let ran = Arc::clone(&ran);
                    spawn_blocking(move || ran.fetch_add(1, Ordering::SeqCst))
                })
                .collect();
            yield_now().await;
            jobs[aborted].abort();
            // Told that there is room and aborted in the same turn, or one turn before.
            if aborted % 2 == 0 {
                yield_now().await;
            }
            drop(release);
            assert!(first.await.unwrap().is_err(), "nothing was sent");
            for (number, job) in jobs.into_iter().enumerate() {
                match timeout(Duration::from_secs(20), job).await.expect("an end") {
                    Ok(_) => assert_ne!(number, aborted),
                    Err(error) => assert!(error.is_cancelled() && number == aborted),
                }
            }
            assert_eq!(ran.load(Ordering::SeqCst), 5, "one was taken back in time");
        });
    }
}

#[test]
fn a_panic_reaches_who_awaits_and_the_thread_serves_the_next() {
    with_pool(1, 10).block_on(async {
        let failing = spawn_blocking(|| -> u8 { panic!("on purpose") });
        let error = failing.await.expect_err("a panic");
        assert!(error.is_panic());
        assert_eq!(*error.into_panic().downcast::<&str>().unwrap(), "on purpose");
        assert_eq!(spawn_blocking(|| 7).await.unwrap(), 7);
    });
}

#[test]
fn dropping_the_handle_does_not_stop_the_job_even_one_that_waits_outside() {
    with_pool(1, 1).block_on(async {
        let (release, held) = mpsc::channel::<()>();
        drop(spawn_blocking(move || held.recv()));
        let ran = Arc::new(AtomicUsize::new(0));
        for _ in 0..10 {
            let ran = Arc::clone(&ran);
            drop(spawn_blocking(move || ran.fetch_add(1, Ordering::SeqCst)));
        }
        drop(release);
        until(|| ran.load(Ordering::SeqCst) == 10).await;
    });
}

#[test]
fn a_job_that_has_begun_is_not_stopped_by_an_abort_and_what_it_held_is_dropped_once() {
    run(async {
        let drops = Arc::new(AtomicUsize::new(0));
        let (begun, told) = mpsc::channel();
        let (release, held) = mpsc::channel::<()>();
        let (captured, given) = (Guard(Arc::clone(&drops)), Guard(Arc::clone(&drops)));
        let job = spawn_blocking(move || {
            let _captured = captured;
            begun.send(()).unwrap();
            let _ = held.recv();
            given
        });
        told.recv().unwrap();
        job.abort();
        assert!(job.await.expect_err("aborted").is_cancelled(), "nobody waits for the job");
        assert_eq!(drops.load(Ordering::SeqCst), 0, "it still runs");
        drop(release);
        until(|| drops.load(Ordering::SeqCst) == 2).await;
    });
}

thread_local! {
    /// Dropped with the thread that it belongs to.
    static LAST: Cell<Option<Guard>> = const { Cell::new(None) };
}

#[test]
fn idle_threads_end_after_a_while_and_new_ones_come_when_needed() {
    let keep_alive = Duration::from_millis(10);
    let settings = Settings { keep_alive, ..Settings::default() };
    let runtime = Runtime::builder().blocking(settings).build().unwrap();
    runtime.block_on(async {
        let ended = Arc::new(AtomicUsize::new(0));
        for round in 1..=3 {
            let last = Guard(Arc::clone(&ended));
            spawn_blocking(move || LAST.set(Some(last))).await.unwrap();
            until(|| ended.load(Ordering::SeqCst) == round).await;
        }
    });
}

#[test]
fn the_drop_of_a_runtime_waits_for_jobs_that_run_and_drops_those_that_have_not_begun() {
    let (drops, ran) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let finished = Arc::new(AtomicBool::new(false));
    let runtime = with_pool(1, 3);
    runtime.block_on(async {
        let (begun, told) = mpsc::channel();
        let written = Arc::clone(&finished);
        drop(spawn_blocking(move || {
            begun.send(()).unwrap();
            // It works for a while.
            thread::sleep(Duration::from_millis(50));
            written.store(true, Ordering::SeqCst);
        }));
        told.recv().unwrap();
        // Three in the queue and three outside.
        for _ in 0..6 {
            let (guard, ran) = (Guard(Arc::clone(&drops)), Arc::clone(&ran));
            drop(spawn_blocking(move || {
                let _guard = guard;
                ran.fetch_add(1, Ordering::SeqCst);
            }));
        }
        yield_now().await;
    });
    drop(runtime);
    assert!(finished.load(Ordering::SeqCst), "a file would be whole");
    assert_eq!((drops.load(Ordering::SeqCst), ran.load(Ordering::SeqCst)), (6, 0));
}

#[test]
fn a_shutdown_says_what_is_left_when_its_time_is_up() {
    let runtime = with_pool(2, 10);
    let (release, held) = mpsc::channel::<()>();
    runtime.block_on(async {
        let (begun, told) = mpsc::channel();
        drop(spawn_blocking(move || {
            begun.send(()).unwrap();
            let _ = held.recv();
        }));
        told.recv().unwrap();
    });
    let began = Instant::now();
    let left = runtime.shut_down(Duration::from_millis(20));
    assert_eq!(left, Left { dropped: 0, running: 1 });
    assert!(began.elapsed() >= Duration::from_millis(20), "it has waited so long");
    drop(release);
    let runtime = with_pool(2, 10);
    runtime.block_on(async { spawn_blocking(|| ()).await.unwrap() });
    assert_eq!(runtime.shut_down(Duration::MAX), Left::default(), "idle threads leave at once");
}

#[test]
fn a_thousand_jobs_from_many_tasks_are_each_done_once() {
    with_pool(3, 5).block_on(async {
        let done = Arc::new(AtomicUsize::new(0));
        let tasks: Vec<_> = (0..20)
            .map(|_| {
                let done = Arc::clone(&done);
                spawn(async move {
                    for _ in 0..50 {
                        let done = Arc::clone(&done);
                        spawn_blocking(move || done.fetch_add(1, Ordering::SeqCst)).await.unwrap();
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(done.load(Ordering::SeqCst), 1000);
    });
}

#[test]
fn a_paused_clock_does_not_jump_while_a_job_runs() {
    let runtime = Runtime::builder().clock(Clock::paused()).build().unwrap();
    runtime.block_on(async {
        let (release, held) = mpsc::channel::<()>();
        let job = spawn_blocking(move || held.recv());
        let woken = Rc::new(Cell::new(false));
        let wakes = Rc::clone(&woken);
        let sleeper = spawn(async move {
            sleep(Duration::from_secs(3600)).await;
            wakes.set(true);
        });
        let releases = thread::spawn(move || drop(release));
        assert!(job.await.unwrap().is_err());
        assert!(!woken.get(), "an hour has not passed");
        releases.join().unwrap();
        sleeper.await.unwrap();
    });
}

#[test]
fn outside_of_a_runtime_it_says_so() {
    let outside = AssertUnwindSafe(|| drop(spawn_blocking(|| ())));
    assert!(panic::catch_unwind(outside).is_err());
}
