//! Values that belong to a task, and not to a thread.
//!
//! A value of a thread is seen by all tasks of a runtime, as they share it. One of a task is put in
//! place when the task is polled, and taken away when it gives the thread up: Python calls it a
//! context variable. It is for what everybody far below wants to know, such as the request that this
//! is all about.

use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread::LocalKey;

use pin_project_lite::pin_project;

/// Declares a [`TaskLocal`]: `task_local! { static REQUEST: u64; }`.
#[macro_export]
macro_rules! task_local {
    ($(#[$attribute:meta])* $visibility:vis static $name:ident: $type:ty;) => {
        $(#[$attribute])*
        $visibility static $name: $crate::local::TaskLocal<$type> = {
            ::std::thread_local! {
                static PLACE: ::std::cell::RefCell<Option<$type>> =
                    const { ::std::cell::RefCell::new(None) };
            }
            $crate::local::TaskLocal::at(&PLACE)
        };
    };
}

/// A value that each task may have one of; see [`task_local!`].
pub struct TaskLocal<T: 'static> {
    /// Where the value is while its task is polled.
    place: &'static LocalKey<RefCell<Option<T>>>,
}

impl<T: 'static> TaskLocal<T> {
    #[doc(hidden)]
    #[must_use]
    pub const fn at(place: &'static LocalKey<RefCell<Option<T>>>) -> TaskLocal<T> {
        TaskLocal { place }
    }

    /// A future that is `future`, and has `value` while it runs and while it is dropped. Within it,
    /// another scope may set another value for its own part.
    pub fn scope<F: Future>(&'static self, value: T, future: F) -> Scope<T, F> {
        Scope { local: self, value: Some(value), future: Some(future) }
    }

    /// Calls `look` with the value of the scope that the caller is in; `None` outside of all.
    pub fn with<R>(&'static self, look: impl FnOnce(Option<&T>) -> R) -> R {
        self.place.with_borrow(|value| look(value.as_ref()))
    }

    /// A copy of the value; `None` outside of all scopes.
    #[must_use]
    pub fn get(&'static self) -> Option<T>
    where
        T: Clone,
    {
        self.place.with_borrow(Option::clone)
    }
}

impl<T: fmt::Debug + 'static> fmt::Debug for TaskLocal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskLocal").finish_non_exhaustive()
    }
}

pin_project! {
    /// The future of [`TaskLocal::scope`].
    #[must_use = "nothing happens before it is awaited"]
    pub struct Scope<T: 'static, F> {
        local: &'static TaskLocal<T>,
        // Here while the task waits.
        value: Option<T>,
        #[pin]
        future: Option<F>,
    }

    impl<T: 'static, F> PinnedDrop for Scope<T, F> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            // What the future drops may look for the value, too.
            let _there = There::put(this.local, this.value);
            let mut future = this.future;
            future.set(None);
        }
    }
}

impl<T: 'static, F: Future> Future for Scope<T, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _there = There::put(this.local, this.value);
        let future = this.future.as_pin_mut().expect("only the drop takes it");
        future.poll(context)
    }
}

impl<T: 'static, F> fmt::Debug for Scope<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

/// The value is in its place. Dropping this, also by a panic, exchanges the two again.
struct There<'a, T: 'static> {
    local: &'static TaskLocal<T>,
    value: &'a mut Option<T>,
}

impl<'a, T: 'static> There<'a, T> {
    fn put(local: &'static TaskLocal<T>, value: &'a mut Option<T>) -> There<'a, T> {
        swap(local, value);
        There { local, value }
    }
}

impl<T: 'static> Drop for There<'_, T> {
    fn drop(&mut self) {
        swap(self.local, self.value);
    }
}

fn swap<T: 'static>(local: &'static TaskLocal<T>, value: &mut Option<T>) {
    // On a thread that is ending there is no place, and nobody who looks.
    let _ = local.place.try_with(|place| std::mem::swap(&mut *place.borrow_mut(), value));
}
