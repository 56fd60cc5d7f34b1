//! The first answer.
//!
//! Several servers are asked the same question, and the first answer is taken. The function below makes a task for
//! each. When it has its answer, it drops their handles, and that cancels nothing: the others go on, for an hour if
//! need be, and nobody wants their answers. It also takes an error for an answer, and the quickest of all servers is
//! often the one that refuses.
//!
//! Take the first answer that is one. There is none only if all have failed. When the function ends, or is dropped
//! before, nobody is being asked any more.
//!
//! Hint: `as_completed` takes any futures. Who owns a future, and who owns a task?

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use ch04_async::structure::as_completed;
// SOLUTION
use ch04_async::{Clock, Runtime, sleep, timeout, yield_now};
// START
// use ch04_async::{Clock, Runtime, sleep, spawn, timeout, yield_now};
// END

/// What a server says, and after how many seconds.
type Server = (u64, Result<&'static str, &'static str>);

async fn first_answer(servers: Vec<Server>, asked: &Asked) -> Option<&'static str> {
    let questions = servers.into_iter().map(|server| ask(server, asked.clone()));
    // SOLUTION
    let mut answers = as_completed(questions);
    while let Some((_, answer)) = answers.next().await {
        if let Ok(answer) = answer {
            return Some(answer);
        }
    }
    None
    // START
    // let mut answers = as_completed(questions.map(spawn));
    // let (_, answer) = answers.next().await?;
    // answer.expect("no panic").ok()
    // END
}

/// How many are being asked.
#[derive(Clone, Default)]
struct Asked(Rc<Cell<usize>>);

/// One of them.
struct Question(Asked);

impl Drop for Question {
    fn drop(&mut self) {
        self.0.0.set(self.0.0.get() - 1);
    }
}

async fn ask(server: Server, asked: Asked) -> Result<&'static str, &'static str> {
    asked.0.set(asked.0.get() + 1);
    let _question = Question(asked);
    sleep(Duration::from_secs(server.0)).await;
    server.1
}

/// The answer, and how many are still being asked afterwards. Time jumps: an hour takes none.
fn answer(servers: &[Server]) -> (Option<&'static str>, usize) {
    let runtime = Runtime::builder().clock(Clock::paused()).build().expect("a runtime");
    let asked = Asked::default();
    let answer = runtime.block_on(async {
        let answer = first_answer(servers.to_vec(), &asked).await;
        yield_now().await;
        answer
    });
    (answer, asked.0.get())
}

#[test]
fn the_quickest_is_taken_and_the_others_are_given_up() {
    let servers = [(3600, Ok("slow")), (1, Ok("quick")), (2, Ok("late"))];
    assert_eq!(answer(&servers), (Some("quick"), 0));
}

#[test]
fn an_error_is_no_answer() {
    let servers = [(1, Err("refused")), (3600, Ok("slow")), (2, Ok("good"))];
    assert_eq!(answer(&servers), (Some("good"), 0));
}

#[test]
fn there_is_no_answer_if_all_have_failed_or_nobody_was_asked() {
    assert_eq!(answer(&[(1, Err("refused")), (2, Err("a reset"))]), (None, 0));
    assert_eq!(answer(&[]), (None, 0));
}

#[test]
fn who_gives_up_waiting_gives_up_all_of_them() {
    let runtime = Runtime::builder().clock(Clock::paused()).build().expect("a runtime");
    let asked = Asked::default();
    runtime.block_on(async {
        let servers = vec![(10, Ok("a")), (20, Ok("b"))];
        let answer = timeout(Duration::from_secs(1), first_answer(servers, &asked)).await;
        assert!(answer.is_err(), "nobody answers within a second");
        yield_now().await;
        assert_eq!(asked.0.get(), 0, "nobody wants their answers");
    });
}
