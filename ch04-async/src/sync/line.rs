//! Who waits, in which order, and who was served.
//!
//! A linked list in a table: joining at the end, serving the first and leaving from the middle take
//! the same time however many wait. A ticket that is no longer in the table *was served*. So there
//! is no second flag that could disagree, and who leaves learns whether it leaves something behind.

use std::cell::RefCell;
use std::convert::Infallible;
use std::fmt;
use std::mem;
use std::task::{Context, Poll, Waker};

use ch03_selectors::Token;
use ch03_selectors::slots::Slots;

/// Tasks that wait for the same thing, first come first served.
#[derive(Default)]
pub struct Line {
    links: RefCell<Links>,
}

/// A place in a [`Line`]. It names its place for ever: another who gets the same place later has
/// another ticket.
#[derive(Clone, Copy, Debug)]
pub struct Ticket(Token);

#[derive(Default)]
struct Links {
    places: Slots<Place>,
    first: Option<Token>,
    last: Option<Token>,
}

struct Place {
    waker: Waker,
    before: Option<Token>,
    behind: Option<Token>,
}

impl Line {
    /// Takes a place at the end, for the task that `waker` wakes.
    pub fn join(&self, waker: &Waker) -> Ticket {
        let waker = waker.clone();
        Ticket(self.links.borrow_mut().push(waker))
    }

    /// Ready once the ticket was served. Until then, `context` is who will be woken: the future that
    /// holds the ticket may have moved to another task since it was polled last.
    pub fn poll_served(&self, ticket: Ticket, context: &Context<'_>) -> Poll<()> {
        let newest = context.waker();
        let mut links = self.links.borrow_mut();
        let Some(place) = links.places.get_mut(ticket.0) else { return Poll::Ready(()) };
        if !place.waker.will_wake(newest) {
            let stale = mem::replace(&mut place.waker, newest.clone());
            drop(links);
            drop(stale);
        }
        Poll::Pending
    }

    /// Serves and wakes the first. False: nobody waits.
    pub fn serve_first(&self) -> bool {
        let first = self.links.borrow_mut().pop_first();
        let served = first.is_some();
        // Outside of the borrow: a waker may do anything, even join this line.
        first.into_iter().for_each(Waker::wake);
        served
    }

    /// Serves and wakes all who wait now; not those who join while it does.
    pub fn serve_all(&self) {
        let mut links = self.links.borrow_mut();
        let all: Vec<Waker> = std::iter::from_fn(|| links.pop_first()).collect();
        drop(links);
        all.into_iter().for_each(Waker::wake);
    }

    /// Gives the place up. False: the ticket was served before, and whatever it was served with must
    /// now be handed on.
    #[must_use = "who was served must hand it on"]
    pub fn leave(&self, ticket: Ticket) -> bool {
        let place = self.links.borrow_mut().remove(ticket.0);
        place.is_some()
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.links.borrow().places.len()
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").field("waiting", &self.len()).finish()
    }
}

impl Links {
    fn push(&mut self, waker: Waker) -> Token {
        let before = self.last;
        let place = Place { waker, before, behind: None };
        let Ok(token) = self.places.try_insert(|_| Ok::<_, Infallible>(place));
        match before {
            Some(before) => self.place(before).behind = Some(token),
            None => self.first = Some(token),
        }
        self.last = Some(token);
        token
    }

    fn pop_first(&mut self) -> Option<Waker> {
        let first = self.first?;
        self.remove(first)
    }

    fn remove(&mut self, token: Token) -> Option<Waker> {
        let Place { waker, before, behind } = self.places.remove(token)?;
        match before {
            Some(before) => self.place(before).behind = behind,
            None => self.first = behind,
        }
        match behind {
            Some(behind) => self.place(behind).before = before,
            None => self.last = before,
        }
        Some(waker)
    }

    fn place(&mut self, token: Token) -> &mut Place {
        self.places.get_mut(token).expect("a neighbour is in the table")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(line: &Line, ticket: Ticket) -> bool {
        line.poll_served(ticket, &Context::from_waker(Waker::noop())).is_pending()
    }

    #[test]
    fn they_are_served_in_the_order_in_which_they_came() {
        let line = Line::default();
        let tickets: Vec<_> = (0..5).map(|_| line.join(Waker::noop())).collect();
        for served in 0..5 {
            assert!(line.serve_first());
            for (index, ticket) in tickets.iter().enumerate() {
                assert_eq!(waiting(&line, *ticket), index > served);
            }
        }
        assert!(!line.serve_first());
    }

    #[test]
    fn whoever_leaves_the_others_keep_their_order() {
        // First, last, and in between; and two neighbours.
        for leaving in [&[0][..], &[4], &[2], &[1, 2], &[0, 1], &[3, 4], &[0, 1, 2, 3, 4]] {
            let line = Line::default();
            let tickets: Vec<_> = (0..5).map(|_| line.join(Waker::noop())).collect();
            for &index in leaving {
                assert!(line.leave(tickets[index]), "was waiting");
            }
            for left in (0..5).filter(|index| !leaving.contains(index)) {
                assert!(waiting(&line, tickets[left]));
                assert!(line.serve_first());
                assert!(!waiting(&line, tickets[left]), "it was {left}'s turn");
            }
            assert!(line.is_empty());
        }
    }

    #[test]
    fn who_was_served_learns_it_on_leaving_even_when_its_place_is_taken_again() {
        let line = Line::default();
        let served = line.join(Waker::noop());
        line.serve_first();
        let next = line.join(Waker::noop());
        assert_eq!(served.0.index, next.0.index, "the place is reused");
        assert!(!line.leave(served));
        assert!(waiting(&line, next));
    }
}
