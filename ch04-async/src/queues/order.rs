//! Which item comes out next.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// Items, and the rule by which one of them is next.
pub trait Order<T>: Default {
    /// Adds an item.
    fn push(&mut self, item: T);
    /// Takes the next one out.
    fn pop(&mut self) -> Option<T>;
}

/// First in, first out.
#[derive(Debug)]
pub struct Fifo<T>(VecDeque<T>);

impl<T> Default for Fifo<T> {
    fn default() -> Fifo<T> {
        Fifo(VecDeque::new())
    }
}

impl<T> Order<T> for Fifo<T> {
    fn push(&mut self, item: T) {
        self.0.push_back(item);
    }

    fn pop(&mut self) -> Option<T> {
        self.0.pop_front()
    }
}

/// Last in, first out.
#[derive(Debug)]
pub struct Lifo<T>(Vec<T>);

impl<T> Default for Lifo<T> {
    fn default() -> Lifo<T> {
        Lifo(Vec::new())
    }
}

impl<T> Order<T> for Lifo<T> {
    fn push(&mut self, item: T) {
        self.0.push(item);
    }

    fn pop(&mut self) -> Option<T> {
        self.0.pop()
    }
}

/// The least first, and among equals the one that was put first. (asyncio's heap promises nothing
/// about equals.)
#[derive(Debug)]
pub struct Priority<T> {
    heap: BinaryHeap<Reverse<Ranked<T>>>,
    pushed: u64,
}

/// An item and its number; only as much of it as is needed is compared.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Ranked<T> {
    item: T,
    number: u64,
}

impl<T: Ord> Default for Priority<T> {
    fn default() -> Priority<T> {
        Priority { heap: BinaryHeap::new(), pushed: 0 }
    }
}

impl<T: Ord> Order<T> for Priority<T> {
    fn push(&mut self, item: T) {
        self.heap.push(Reverse(Ranked { item, number: self.pushed }));
        self.pushed += 1;
    }

    fn pop(&mut self) -> Option<T> {
        let Reverse(Ranked { item, .. }) = self.heap.pop()?;
        Some(item)
    }
}
