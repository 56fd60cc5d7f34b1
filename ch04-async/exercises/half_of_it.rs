//! Half of another's work.
//!
//! Cores that share nothing do not help each other. If all the work was dealt to one of them, the others watch. The
//! cores below are such ones: each takes from its own queue, and stands idle when that is empty.
//!
//! Let a core without work take from the core that has most: the older half of what is in its queue, rounded up, in
//! the same order. The first of it is done at once, and the rest goes into its own queue.
//!
//! Hint: think of a queue with a single job in it. And half is taken, not one: whoever takes one at a time comes back
//! for each.

use std::collections::VecDeque;

struct Cores {
    /// The oldest job of each in front.
    queues: Vec<VecDeque<u32>>,
    /// How often somebody went to another's queue. On real cores this is the dear part: a lock that is not one's own.
    visits: usize,
}

impl Cores {
    /// The next job for core `me`; `None` when there is none anywhere.
    fn next(&mut self, me: usize) -> Option<u32> {
        // SOLUTION
        if self.queues[me].is_empty() {
            let fullest = (0..self.queues.len()).max_by_key(|core| self.queues[*core].len())?;
            let half = self.queues[fullest].len().div_ceil(2);
            if half > 0 {
                self.visits += 1;
                let taken: Vec<_> = self.queues[fullest].drain(..half).collect();
                self.queues[me].extend(taken);
            }
        }
        self.queues[me].pop_front()
        // START
        // self.queues[me].pop_front()
        // END
    }

    fn dealt(queues: &[&[u32]]) -> Cores {
        Cores {
            queues: queues.iter().map(|jobs| jobs.iter().copied().collect()).collect(),
            visits: 0,
        }
    }

    /// All cores take turns until there is nothing left to do. What each has done, in order.
    fn work(&mut self) -> Vec<Vec<u32>> {
        let mut done = vec![Vec::new(); self.queues.len()];
        loop {
            let mut rested = true;
            for (core, done) in done.iter_mut().enumerate() {
                if let Some(job) = self.next(core) {
                    done.push(job);
                    rested = false;
                }
            }
            if rested {
                return done;
            }
        }
    }
}

#[test]
fn work_that_was_dealt_to_one_is_done_by_both() {
    let mut cores = Cores::dealt(&[&[0, 1, 2, 3, 4, 5, 6, 7, 8], &[]]);
    // Core 0 has begun with 0. Of the eight that are left, core 1 takes the four that are oldest.
    assert_eq!(cores.work(), [vec![0, 5, 6, 7, 8], vec![1, 2, 3, 4]]);
    assert_eq!(cores.visits, 1, "half at once, and not one at a time");
}

#[test]
fn a_single_job_is_taken_too() {
    let mut cores = Cores::dealt(&[&[], &[7]]);
    assert_eq!(cores.next(0), Some(7));
    assert_eq!(cores.next(1), None, "each job is done once");
}

#[test]
fn the_one_with_most_is_relieved() {
    let mut cores = Cores::dealt(&[&[1], &[2, 3, 4, 5], &[]]);
    assert_eq!(cores.next(2), Some(2));
    assert_eq!(cores.queues, [vec![1], vec![4, 5], vec![3]]);
}

#[test]
fn who_has_work_visits_nobody() {
    let mut cores = Cores::dealt(&[&[1], &[2, 3, 4, 5]]);
    assert_eq!(cores.next(0), Some(1));
    assert_eq!(cores.visits, 0);
}

#[test]
fn a_thousand_jobs_are_each_done_once() {
    let jobs: Vec<_> = (0..1000).collect();
    let mut done: Vec<_> = Cores::dealt(&[&[], &jobs, &[], &[]]).work().concat();
    done.sort_unstable();
    assert_eq!(done, jobs);
}
