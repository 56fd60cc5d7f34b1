//! What the queues promise: order, back-pressure, and that no item, place or wake-up is lost.

mod stage;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;

use ch04_async::queues::{
    Closed, DoneTooOften, LifoQueue, PriorityQueue, Queue, TryGetError, TryPutError,
};
use ch04_async::sync::Event;
use proptest::prelude::*;

use stage::{Count, Scene, Stage, cut_everywhere, poll, poll_with, turn};

/// Tells an event when the last of its kind is gone, finished or cut.
struct Last(Rc<Cell<usize>>, Rc<Event>);

impl Drop for Last {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
        if self.0.get() == 0 {
            self.1.set();
        }
    }
}

type Numbers = Rc<RefCell<Vec<u32>>>;

fn sorted(numbers: &Numbers) -> Vec<u32> {
    let mut numbers = numbers.borrow().clone();
    numbers.sort_unstable();
    numbers
}

/// Two producers and two consumers around a queue for one item, which is closed when the producers
/// are gone.
fn factory() -> Scene {
    let queue: Rc<Queue<u32>> = Rc::new(Queue::bounded(1));
    let (put, got) = (Numbers::default(), Numbers::default());
    let (producers, all_put) = (Rc::new(Cell::new(2)), Rc::new(Event::new()));
    let (seen, was_put, was_got) = (Rc::clone(&queue), Rc::clone(&put), Rc::clone(&got));
    let mut scene = Scene::new(move || {
        assert_eq!(sorted(&was_put), sorted(&was_got), "each once");
        assert_eq!((seen.len(), seen.unfinished()), (0, 0));
        assert!(!seen.is_full(), "no place was lost");
    });
    for first in [10, 20] {
        let (queue, put) = (Rc::clone(&queue), Rc::clone(&put));
        let last = Last(Rc::clone(&producers), Rc::clone(&all_put));
        scene = scene.with(async move {
            let _last = last;
            for number in first..first + 3 {
                queue.put(number).await.expect("open while we are here");
                put.borrow_mut().push(number);
            }
            // With room in hand it may be cut, too.
            let place = queue.reserve().await.expect("open");
            turn().await;
            place.put(first + 3).expect("open");
            put.borrow_mut().push(first + 3);
        });
    }
    for _ in 0..2 {
        let (queue, got) = (Rc::clone(&queue), Rc::clone(&got));
        scene = scene.with(async move {
            while let Ok(number) = queue.get().await {
                got.borrow_mut().push(number);
                queue.task_done().expect("it was put");
                turn().await;
            }
        });
    }
    scene.with(async move {
        all_put.wait().await;
        queue.close();
        queue.join().await;
    })
}

#[test]
fn no_item_and_no_place_is_lost_whoever_is_cut_at_whatever_step() {
    // The consumers one by one, so that one is left; each producer.
    cut_everywhere(&[0, 1, 2, 3], factory);
}

#[test]
fn a_producer_is_no_further_ahead_than_there_is_room() {
    let queue: Rc<Queue<u32>> = Rc::new(Queue::bounded(2));
    let put = Rc::new(Cell::new(0));
    let (filled, counted) = (Rc::clone(&queue), Rc::clone(&put));
    let mut stage = Stage::new(vec![Box::pin(async move {
        for number in 0..10 {
            filled.put(number).await.expect("open");
            counted.set(number + 1);
        }
    })]);
    for taken in 0..8 {
        stage.run(false);
        assert_eq!(put.get(), taken + 2);
        assert!(queue.is_full());
        assert_eq!(queue.try_get(), Ok(taken));
    }
}

#[test]
fn a_get_that_is_dropped_after_its_item_came_leaves_it_to_the_next() {
    let queue: Queue<u32> = Queue::unbounded();
    let (count, waker) = Count::new();
    let (mut first, mut second) = (Box::pin(queue.get()), Box::pin(queue.get()));
    assert!(poll(&mut first).is_pending());
    assert!(poll_with(&mut second, &waker).is_pending());
    queue.try_put(7).expect("room");
    assert_eq!(queue.try_get(), Err(TryGetError::Empty), "promised to the first");
    assert_eq!((queue.len(), queue.is_empty()), (0, true));
    drop(first);
    assert_eq!(count.get(), 1);
    assert_eq!(poll(&mut second), Poll::Ready(Ok(7)));
}

#[test]
fn who_waits_for_room_is_not_overtaken_and_its_room_is_not_lost_with_it() {
    let queue: Queue<u32> = Queue::bounded(1);
    queue.try_put(1).expect("room");
    let (mut first, mut second) = (Box::pin(queue.put(2)), Box::pin(queue.put(3)));
    assert!(poll(&mut first).is_pending() && poll(&mut second).is_pending());
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(queue.try_put(9), Err(TryPutError::Full(9)), "the room is the first one's");
    drop(first);
    assert_eq!(poll(&mut second), Poll::Ready(Ok(())));
    assert_eq!(queue.try_get(), Ok(3));
}

#[test]
fn a_reservation_that_is_dropped_leaves_the_item_with_its_owner() {
    let queue: Queue<String> = Queue::bounded(1);
    queue.try_put("first".to_owned()).expect("room");
    let item = "kept".to_owned();
    let mut reserve = Box::pin(queue.reserve());
    assert!(poll(&mut reserve).is_pending());
    drop(reserve);
    assert_eq!(queue.try_put(item), Err(TryPutError::Full("kept".to_owned())));
    drop(queue.try_get());
    let Poll::Ready(Ok(place)) = poll(&mut Box::pin(queue.reserve())) else { panic!("room") };
    assert!(queue.is_full());
    drop(place);
    assert!(!queue.is_full());
}

#[test]
fn the_least_comes_first_from_one_and_the_newest_from_the_other() {
    let (least, newest) = (PriorityQueue::bounded(9), LifoQueue::bounded(9));
    for item in [(2, 'a'), (1, 'b'), (3, 'c'), (1, 'd')] {
        least.try_put(item).expect("room");
        newest.try_put(item).expect("room");
    }
    let drain = |get: &dyn Fn() -> Result<(i32, char), TryGetError>| -> String {
        std::iter::from_fn(|| get().ok()).map(|(_, name)| name).collect()
    };
    assert_eq!(drain(&|| least.try_get()), "bdac");
    assert_eq!(drain(&|| newest.try_get()), "dcba");
}

#[test]
fn equals_of_a_priority_queue_come_in_the_order_in_which_they_were_put() {
    /// Compared by the rank alone.
    #[derive(Debug)]
    struct Job(u8, u32);
    impl PartialEq for Job {
        fn eq(&self, other: &Job) -> bool {
            self.0 == other.0
        }
    }
    impl Eq for Job {}
    impl PartialOrd for Job {
        fn partial_cmp(&self, other: &Job) -> Option<std::cmp::Ordering> {
            Some(self.cmp(other))
        }
    }
    impl Ord for Job {
        fn cmp(&self, other: &Job) -> std::cmp::Ordering {
            self.0.cmp(&other.0)
        }
    }
    let queue = PriorityQueue::unbounded();
    (0..100).for_each(|number| queue.try_put(Job(1, number)).expect("room"));
    let order: Vec<u32> = std::iter::from_fn(|| queue.try_get().ok()).map(|job| job.1).collect();
    assert_eq!(order, (0..100).collect::<Vec<_>>());
}

#[test]
fn join_waits_for_the_last_task_done_and_not_for_an_empty_queue() {
    let queue: Queue<u32> = Queue::unbounded();
    assert!(poll(&mut Box::pin(queue.join())).is_ready(), "nothing to wait for");
    assert_eq!(queue.task_done(), Err(DoneTooOften));
    queue.try_put(1).expect("room");
    queue.try_put(2).expect("room");
    let mut join = Box::pin(queue.join());
    let (count, waker) = Count::new();
    assert!(poll_with(&mut join, &waker).is_pending());
    queue.try_get().and(queue.try_get()).expect("two");
    assert_eq!(queue.task_done(), Ok(()));
    assert!(queue.is_empty());
    assert_eq!((count.get(), queue.unfinished()), (0, 1), "got, but not done");
    assert_eq!(queue.task_done(), Ok(()));
    assert_eq!(count.get(), 1);
    assert!(poll(&mut join).is_ready());
    assert_eq!(queue.task_done(), Err(DoneTooOften));
}

#[test]
fn a_closed_queue_gives_what_it_has_and_then_tells_all_who_wait() {
    let queue: Queue<u32> = Queue::bounded(1);
    queue.try_put(1).expect("room");
    let mut puts = [Box::pin(queue.put(2)), Box::pin(queue.put(3))];
    assert!(puts.iter_mut().all(|put| poll(put).is_pending()));
    let Poll::Pending = poll(&mut Box::pin(queue.reserve())) else { panic!("no room") };
    queue.close();
    queue.close();
    assert_eq!(queue.try_put(4), Err(TryPutError::Closed(4)));
    let refused = puts.each_mut().map(poll);
    assert_eq!(refused, [Poll::Ready(Err(Closed(2))), Poll::Ready(Err(Closed(3)))]);
    assert_eq!(queue.len(), 1);
    assert_eq!(queue.try_get(), Ok(1));
    assert_eq!(queue.try_get(), Err(TryGetError::Closed));
    assert_eq!(poll(&mut Box::pin(queue.get())), Poll::Ready(Err(Closed(()))));

    let queue: Queue<u32> = Queue::bounded(1);
    let place = poll(&mut Box::pin(queue.reserve()));
    let Poll::Ready(Ok(place)) = place else { panic!("room") };
    let mut gets = [Box::pin(queue.get()), Box::pin(queue.get())];
    assert!(gets.iter_mut().all(|get| poll(get).is_pending()));
    queue.close();
    assert_eq!(place.put(5), Err(Closed(5)), "too late: who waited was told that none comes");
    assert_eq!(gets.each_mut().map(poll), [Poll::Ready(Err(Closed(()))); 2]);
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Put,
    Get,
    TryPut,
    TryGet,
    /// Drops one of those who wait.
    CutPut(usize),
    CutGet(usize),
    /// Polls one of those who wait, woken or not.
    PollPut(usize),
    PollGet(usize),
}

fn actions() -> impl Strategy<Value = Vec<Action>> {
    use Action::{CutGet, CutPut, Get, PollGet, PollPut, Put, TryGet, TryPut};
    let one = prop_oneof![
        3 => Just(Put),
        3 => Just(Get),
        1 => Just(TryPut),
        1 => Just(TryGet),
        1 => (0..8_usize).prop_map(CutPut),
        1 => (0..8_usize).prop_map(CutGet),
        2 => (0..8_usize).prop_map(PollPut),
        2 => (0..8_usize).prop_map(PollGet),
    ];
    prop::collection::vec(one, 1..120)
}

type Putting<'q> = (u32, Pin<Box<dyn Future<Output = Result<(), Closed<u32>>> + 'q>>);
type Getting<'q> = Pin<Box<dyn Future<Output = Result<u32, Closed<()>>> + 'q>>;

/// What went in and has not come out, beside a queue of the same.
struct Ledger<'q> {
    queue: &'q Queue<u32>,
    inside: BTreeSet<u32>,
    puts: Vec<Putting<'q>>,
    gets: Vec<Getting<'q>>,
}

impl Ledger<'_> {
    fn poll_put(&mut self, index: usize) {
        if let Some((number, put)) = self.puts.get_mut(index)
            && poll(put).is_ready()
        {
            self.inside.insert(*number);
            drop(self.puts.remove(index));
        }
    }

    fn poll_get(&mut self, index: usize) {
        if let Some(get) = self.gets.get_mut(index)
            && let Poll::Ready(Ok(number)) = poll(get)
        {
            assert!(self.inside.remove(&number), "{number} came out, and was not in");
            drop(self.gets.remove(index));
        }
    }

    fn act(&mut self, action: Action, number: u32) {
        match action {
            Action::Put => {
                self.puts.push((number, Box::pin(self.queue.put(number))));
                self.poll_put(self.puts.len() - 1);
            }
            Action::Get => {
                self.gets.push(Box::pin(self.queue.get()));
                self.poll_get(self.gets.len() - 1);
            }
            Action::TryPut => {
                let put = self.queue.try_put(number);
                self.inside.extend(put.is_ok().then_some(number));
            }
            Action::TryGet => {
                if let Ok(number) = self.queue.try_get() {
                    assert!(self.inside.remove(&number));
                }
            }
            Action::CutPut(index) if index < self.puts.len() => drop(self.puts.remove(index)),
            Action::CutGet(index) if index < self.gets.len() => drop(self.gets.remove(index)),
            Action::CutPut(_) | Action::CutGet(_) => {}
            Action::PollPut(index) => self.poll_put(index),
            Action::PollGet(index) => self.poll_get(index),
        }
    }

    /// Polls everybody until nothing moves.
    fn settle(&mut self) {
        loop {
            let before = (self.puts.len(), self.gets.len());
            (0..before.0).rev().for_each(|index| self.poll_put(index));
            (0..before.1).rev().for_each(|index| self.poll_get(index));
            if before == (self.puts.len(), self.gets.len()) {
                return;
            }
        }
    }
}

proptest! {
    #[test]
    fn whatever_is_put_got_cut_and_polled_nobody_waits_in_vain(
        actions in actions(),
        room in 1..4_usize,
    ) {
        let queue = Queue::bounded(room);
        let (inside, puts, gets) = (BTreeSet::new(), Vec::new(), Vec::new());
        let mut ledger = Ledger { queue: &queue, inside, puts, gets };
        for (number, action) in (0..).zip(actions) {
            ledger.act(action, number);
            prop_assert!(ledger.inside.len() <= room);
        }
        ledger.settle();
        prop_assert_eq!(queue.len(), ledger.inside.len());
        prop_assert_eq!(queue.is_full(), ledger.inside.len() == room);
        prop_assert!(ledger.gets.is_empty() || ledger.inside.is_empty(), "a get waits beside an item");
        prop_assert!(ledger.puts.is_empty() || queue.is_full(), "a put waits beside room");
    }
}
