//! A runtime of one thread, and what differs in how it is asked.

use std::future::Future;
use std::hint::black_box;
use std::rc::Rc;
use std::time::Duration;

use ch04_async::queues::Queue;
use ch04_async::sync::oneshot;
use smol::LocalExecutor;

/// Items that wait in a channel at most.
pub(super) const ITEMS_MAX: usize = 64;

/// A runtime, as the operations need it.
pub(super) trait Kit {
    fn block_on<T>(future: impl Future<Output = T>) -> T;
    fn spawn(future: impl Future<Output = u64> + Send + 'static) -> impl Future<Output = u64>;
    fn yield_now() -> impl Future<Output = ()> + Send;
    fn sleep(duration: Duration) -> impl Future<Output = ()>;
    /// Hands so many items from a task to another one, through a channel with few places.
    fn hand_over(items: u64) -> impl Future<Output = ()>;
    /// Makes a channel for one value, and a task that sends it; waits for it. So often.
    fn tell_once(times: u64) -> impl Future<Output = ()>;
}

/// Chapter 4's.
pub(super) struct Ours;

impl Kit for Ours {
    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let Ok(runtime) = ch04_async::Runtime::new() else { unreachable!("a few descriptors") };
        runtime.block_on(future)
    }

    fn spawn(future: impl Future<Output = u64> + Send + 'static) -> impl Future<Output = u64> {
        let task = ch04_async::spawn(future);
        async { task.await.unwrap_or(0) }
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        ch04_async::yield_now()
    }

    fn sleep(duration: Duration) -> impl Future<Output = ()> {
        ch04_async::sleep(duration)
    }

    async fn hand_over(items: u64) {
        let queue: Rc<Queue<u64>> = Rc::new(Queue::bounded(ITEMS_MAX));
        let puts = Rc::clone(&queue);
        let putting = ch04_async::spawn(async move {
            for item in 0..items {
                let _ = puts.put(item).await;
            }
        });
        let getting = ch04_async::spawn(async move {
            for _ in 0..items {
                black_box(queue.get().await.ok());
            }
        });
        let _ = putting.await;
        let _ = getting.await;
    }

    async fn tell_once(times: u64) {
        for number in 0..times {
            let (sender, receiver) = oneshot::channel();
            ch04_async::spawn(async move { _ = sender.send(number) });
            black_box(receiver.await.ok());
        }
    }
}

/// tokio's, on its current thread.
pub(super) struct Tokio;

impl Kit for Tokio {
    fn block_on<T>(future: impl Future<Output = T>) -> T {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        let Ok(runtime) = builder.enable_all().build() else { unreachable!("a few descriptors") };
        runtime.block_on(future)
    }

    fn spawn(future: impl Future<Output = u64> + Send + 'static) -> impl Future<Output = u64> {
        let task = tokio::spawn(future);
        async { task.await.unwrap_or(0) }
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        tokio::task::yield_now()
    }

    fn sleep(duration: Duration) -> impl Future<Output = ()> {
        tokio::time::sleep(duration)
    }

    async fn hand_over(items: u64) {
        let (sender, mut receiver) = tokio::sync::mpsc::channel(ITEMS_MAX);
        let putting = tokio::spawn(async move {
            for item in 0..items {
                let _ = sender.send(item).await;
            }
        });
        let getting = tokio::spawn(async move {
            for _ in 0..items {
                black_box(receiver.recv().await);
            }
        });
        let _ = putting.await;
        let _ = getting.await;
    }

    async fn tell_once(times: u64) {
        for number in 0..times {
            let (sender, receiver) = tokio::sync::oneshot::channel();
            tokio::spawn(async move { _ = sender.send(number) });
            black_box(receiver.await.ok());
        }
    }
}

/// smol's executor of one thread, and its channel.
pub(super) struct Smol;

thread_local! {
    /// smol has no runtime that a task could ask for: who spawns must have the executor at hand.
    static EXECUTOR: LocalExecutor<'static> = const { LocalExecutor::new() };
}

impl Kit for Smol {
    fn block_on<T>(future: impl Future<Output = T>) -> T {
        EXECUTOR.with(|executor| smol::block_on(executor.run(future)))
    }

    fn spawn(future: impl Future<Output = u64> + Send + 'static) -> impl Future<Output = u64> {
        EXECUTOR.with(|executor| executor.spawn(future))
    }

    fn yield_now() -> impl Future<Output = ()> + Send {
        smol::future::yield_now()
    }

    async fn sleep(duration: Duration) {
        smol::Timer::after(duration).await;
    }

    async fn hand_over(items: u64) {
        let (sender, receiver) = smol::channel::bounded(ITEMS_MAX);
        let putting = Smol::spawn(async move {
            for item in 0..items {
                let _ = sender.send(item).await;
            }
            items
        });
        let getting = Smol::spawn(async move {
            for _ in 0..items {
                black_box(receiver.recv().await.ok());
            }
            items
        });
        putting.await;
        getting.await;
    }

    /// smol has no channel for one value alone: one with a single place does it.
    async fn tell_once(times: u64) {
        for number in 0..times {
            let (sender, receiver) = smol::channel::bounded(1);
            let telling = async move { _ = sender.send(number).await };
            EXECUTOR.with(|executor| executor.spawn(telling)).detach();
            black_box(receiver.recv().await.ok());
        }
    }
}
