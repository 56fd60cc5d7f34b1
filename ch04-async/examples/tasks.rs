//! Tasks run at the same time: three factorials take turns, and sleeps beside each other take as long
//! as the longest one.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use ch04_async::time::now;
use ch04_async::{Clock, Runtime, sleep, spawn};

const SECOND: Duration = Duration::from_secs(1);

fn main() {
    let runtime = Runtime::builder().clock(Clock::paused()).build().expect("a runtime");
    runtime.block_on(async {
        let start = now();
        let log = Rc::new(RefCell::new(Vec::new()));
        // Spawned, they are under way. Awaiting a handle starts nothing; it only waits for the end.
        let tasks = [("A", 2), ("B", 3), ("C", 4)]
            .map(|(name, number)| spawn(factorial(name, number, Rc::clone(&log))));
        let mut results = Vec::new();
        for task in tasks {
            results.push(task.await.expect("no panic"));
        }
        assert_eq!(results, [2, 6, 24]);
        let order: String = log.borrow().iter().copied().collect();
        assert_eq!(order, "ABCABCBCC", "each in turn, and not one after the other");
        println!("three tasks, {} s: as long as the longest", (now() - start).as_secs());
        assert_eq!(now() - start, 3 * SECOND);

        let start = now();
        for (name, number) in [("A", 2), ("B", 3), ("C", 4)] {
            factorial(name, number, Rc::clone(&log)).await;
        }
        println!("one after the other, {} s: the sum", (now() - start).as_secs());
        assert_eq!(now() - start, 6 * SECOND);
    });
}

async fn factorial(name: &'static str, number: u64, log: Rc<RefCell<Vec<&'static str>>>) -> u64 {
    let mut product = 1;
    for factor in 2..=number {
        println!("Task {name}: Compute factorial({factor})...");
        log.borrow_mut().push(name);
        sleep(SECOND).await;
        product *= factor;
    }
    println!("Task {name}: factorial({number}) = {product}");
    log.borrow_mut().push(name);
    product
}
