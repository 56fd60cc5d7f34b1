//! Who is there, and what are they doing? A runtime lists its tasks.

use std::future::pending;
use std::time::Duration;

use ch04_async::task::{self, Builder, TaskState};
use ch04_async::{Clock, Runtime, sleep, yield_now};

fn main() {
    let runtime = Runtime::builder().clock(Clock::paused()).build().expect("a runtime");
    runtime.block_on(async {
        drop(Builder::new().name("waits for ever").spawn(pending::<()>()));
        drop(Builder::new().name("ticks").spawn(async {
            loop {
                sleep(Duration::from_secs(1)).await;
            }
        }));
        let ended = Builder::new().name("has ended").spawn(async { 7 });
        sleep(Duration::from_millis(3500)).await;
        let ready = Builder::new().name("not yet begun").spawn(yield_now());

        let tasks = task::all();
        for task in &tasks {
            println!("{task}");
        }
        let seen: Vec<_> = tasks
            .iter()
            .map(|task| (task.name().expect("named"), task.state, task.polls))
            .collect();
        assert_eq!(
            seen,
            [
                ("main", TaskState::Running, 2),
                ("waits for ever", TaskState::Waiting, 1),
                ("ticks", TaskState::Waiting, 4),
                ("has ended", TaskState::Ended, 1),
                ("not yet begun", TaskState::Ready, 0),
            ]
        );
        assert_eq!(tasks[1].age, Duration::from_millis(3500));
        assert_eq!(tasks[4].age, Duration::ZERO);
        assert!(tasks[1].location.file().ends_with("task_dump.rs"));

        assert_eq!(ended.await.expect("no panic"), 7);
        ready.await.expect("no panic");
        println!("and when the last two were awaited:");
        for task in task::all() {
            println!("{task}");
        }
        assert_eq!(task::all().len(), 3, "what has ended is forgotten once its handle was asked");
    });
}
