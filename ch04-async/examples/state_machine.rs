//! A coroutine is a state machine: the same one written by hand, and by the compiler.

use std::future::Future;
use std::mem::size_of_val;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

fn main() {
    println!("by hand:         by the compiler:");
    let mut log_by_hand = Vec::new();
    let mut log_compiled = Vec::new();
    {
        let mut by_hand = pin!(AddUp::Start { numbers: [1, 2, 3] });
        let mut compiled = pin!(add_up([1, 2, 3]));
        for _ in 0..4 {
            let (one, other) = (poll(by_hand.as_mut()), poll(compiled.as_mut()));
            println!("{:<16} {}", format!("{one:?}"), format_args!("{other:?}"));
            log_by_hand.push(one);
            log_compiled.push(other);
        }
        println!();
        println!("{:>2} bytes by hand", size_of_val(&*by_hand));
        println!("{:>2} bytes by the compiler", size_of_val(&*compiled));
    }
    assert_eq!(log_by_hand, log_compiled, "step for step the same");
    assert_eq!(log_by_hand.last(), Some(&Poll::Ready(6)));
}

fn poll(future: Pin<&mut impl Future<Output = u32>>) -> Poll<u32> {
    // Nobody needs to be woken: we simply ask again.
    future.poll(&mut Context::from_waker(Waker::noop()))
}

// ANCHOR: compiled
/// Adds up three numbers, and gives the thread away after each.
async fn add_up(numbers: [u32; 3]) -> u32 {
    let mut sum = 0;
    for number in numbers {
        sum += number;
        give_way().await;
    }
    sum
}
// ANCHOR_END: compiled

// ANCHOR: by_hand
/// The same: each place where it can wait is a variant, and holds what is needed to go on.
enum AddUp {
    Start { numbers: [u32; 3] },
    GaveWay { numbers: [u32; 3], next: usize, sum: u32 },
    Done,
}

impl Future for AddUp {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u32> {
        let (numbers, next, sum) = match *self {
            AddUp::Start { numbers } => (numbers, 0, 0),
            AddUp::GaveWay { numbers, next, sum } => (numbers, next, sum),
            AddUp::Done => panic!("polled after it was done"),
        };
        let Some(number) = numbers.get(next) else {
            *self = AddUp::Done;
            return Poll::Ready(sum);
        };
        *self = AddUp::GaveWay { numbers, next: next + 1, sum: sum + number };
        Poll::Pending
    }
}
// ANCHOR_END: by_hand

/// Pending once, and then ready.
async fn give_way() {
    let mut given = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut given, true) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
