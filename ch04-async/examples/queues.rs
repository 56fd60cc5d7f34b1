//! asyncio's queues: producers and consumers with back-pressure, `join`, the two other orders, and a
//! cancelled `get`, which loses no item.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use ch04_async::queues::{DoneTooOften, LifoQueue, PriorityQueue, Queue};
use ch04_async::{Runtime, spawn, yield_now};

/// Places in the queue. A producer is never further ahead of its consumers.
const ROOM: usize = 3;

const ITEMS: u32 = 20;

fn main() {
    let runtime = Runtime::new().expect("a runtime");
    runtime.block_on(async {
        back_pressure().await;
        a_cancelled_get().await;
        join().await;
    });
    other_orders();
}

async fn back_pressure() {
    let queue: Rc<Queue<u32>> = Rc::new(Queue::bounded(ROOM));
    let (most, got) = (Rc::new(Cell::new(0)), Rc::new(RefCell::new(Vec::new())));
    let consumers = [(); 2].map(|()| {
        let (queue, got) = (Rc::clone(&queue), Rc::clone(&got));
        spawn(async move {
            // Until it is closed and empty.
            while let Ok(item) = queue.get().await {
                got.borrow_mut().push(item);
                // Slower than its producer.
                yield_now().await;
                yield_now().await;
            }
        })
    });
    for item in 0..ITEMS {
        queue.put(item).await.expect("open");
        most.set(most.get().max(queue.len()));
    }
    queue.close();
    for consumer in consumers {
        consumer.await.expect("no panic");
    }
    println!("{ITEMS} items through {ROOM} places: at most {} in the queue", most.get());
    assert!((1..=ROOM).contains(&most.get()), "full at times, and never more");
    assert_eq!(*got.borrow(), (0..ITEMS).collect::<Vec<_>>(), "each once, in order");
}

async fn a_cancelled_get() {
    let queue: Rc<Queue<&str>> = Rc::new(Queue::unbounded());
    let [first, second] = [(); 2].map(|()| {
        let queue = Rc::clone(&queue);
        spawn(async move { queue.get().await.expect("open") })
    });
    yield_now().await;
    // The item is promised to the first, which is woken. It is aborted before it can run.
    queue.try_put("the item").expect("room");
    first.abort();
    assert!(first.await.is_err());
    let got = second.await.expect("no panic");
    println!("the first of two consumers was cancelled: the second got {got}");
    assert_eq!(got, "the item");
}

async fn join() {
    let queue: Rc<Queue<u32>> = Rc::new(Queue::unbounded());
    (0..5).for_each(|item| queue.try_put(item).expect("room"));
    let working = Rc::clone(&queue);
    let worker = spawn(async move {
        loop {
            let item = working.get().await.expect("open");
            yield_now().await; // the work itself
            working.task_done().expect("it was put");
            println!("  done: {item}");
        }
    });
    queue.join().await;
    println!("join returned: {} unfinished", queue.unfinished());
    assert_eq!(queue.unfinished(), 0);
    worker.abort();
    assert_eq!(queue.task_done(), Err(DoneTooOften));
    println!("once more than put: {DoneTooOften}: an error");
}

fn other_orders() {
    let (least, newest) = (PriorityQueue::unbounded(), LifoQueue::unbounded());
    for job in [(2, "wash up"), (1, "cook"), (3, "sleep")] {
        least.try_put(job).expect("room");
        newest.try_put(job).expect("room");
    }
    let by_priority = [(); 3].map(|()| least.try_get().expect("three").1);
    let by_age = [(); 3].map(|()| newest.try_get().expect("three").1);
    println!("PriorityQueue: {by_priority:?}");
    println!("LifoQueue:     {by_age:?}");
    assert_eq!(by_priority, ["cook", "wash up", "sleep"]);
    assert_eq!(by_age, ["sleep", "cook", "wash up"]);
}
