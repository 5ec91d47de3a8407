//! The clock of deadlines: one thread per engine moves its epoch once a millisecond while calls
//! with a deadline run, and sleeps otherwise.
//!
//! A call pays some relaxed loads. It asks for the ticker to be awake until its deadline (or for
//! one slice of it), plus a second, so that the calls after it find the ticker awake already and
//! touch no shared line. Waking it for each call would cost more than the call.
//!
//! Why a call never runs past its deadline unnoticed: the ticker parks only when its epoch has
//! reached `awake_until`, and every call made sure that this lies behind its own deadline. So a
//! parked ticker means that all deadlines known to it have passed, and code that reaches its
//! next check sees that.
//!
//! Why no call is stopped early: the thread may wake up late and then makes several ticks at once,
//! so ticks that a call has seen say little about the time since it began. They only say when to
//! look at the clock; when a call began is known from when the tick after its first was made.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicU64, fence};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

const TICK: Duration = Duration::from_millis(1);
/// How long the ticker stays awake past what was asked, in ticks.
const LINGER: u64 = 1000;
/// The most that a deadline keeps the ticker awake at once, in ticks: a call with an hour to go
/// that ends in a microsecond must not keep it busy for an hour.
pub const SLICE: u64 = 1000;
/// The same of a call that somebody may want to end: how late it sees that.
pub const WATCHED: u64 = 2;
/// How many ticks are remembered with their time. More than a slice, so that a call whose slice is
/// over still finds its beginning.
const REMEMBERED: usize = 4096;

#[derive(Default)]
struct State {
    thread: Option<JoinHandle<()>>,
    stop: bool,
}

pub struct Ticker {
    engine: wasmtime::Engine,
    /// Another with the same clock. Deadlines are counted from its own epoch, so it may come later.
    second: OnceLock<wasmtime::Engine>,
    /// Ticks so far: never behind the engine's own epoch, ahead of it by one at most.
    now: AtomicU64,
    /// The tick at which the ticker may park. 0: it is parked, or was never started.
    awake_until: AtomicU64,
    /// When each of the last ticks was made, in microseconds since `start`.
    made: Box<[AtomicU64; REMEMBERED]>,
    start: Instant,
    state: Mutex<State>,
    changed: Condvar,
}

impl Ticker {
    pub fn new(engine: wasmtime::Engine) -> Arc<Ticker> {
        Arc::new(Ticker {
            engine,
            second: OnceLock::new(),
            now: AtomicU64::new(0),
            awake_until: AtomicU64::new(0),
            made: Box::new([const { AtomicU64::new(0) }; REMEMBERED]),
            start: Instant::now(),
            state: Mutex::default(),
            changed: Condvar::new(),
        })
    }

    /// Moves the epoch of this one too. Call it once, before any code runs there.
    pub fn also_move(&self, second: wasmtime::Engine) {
        let _ = self.second.set(second);
    }

    #[inline]
    pub fn now(&self) -> u64 {
        self.now.load(Relaxed)
    }

    /// Makes sure that the epoch moves for the next `ticks`. Call it after the store's deadline
    /// was set, so that `now` is not older than what that was counted from.
    #[inline]
    pub fn keep_awake(self: &Arc<Self>, ticks: u64) {
        // Two more: the deadline itself has to be reached, not just approached.
        let need = self.now() + ticks + 2;
        if self.awake_until.load(Relaxed) < need {
            self.extend(need);
        }
    }

    /// When a call that began at tick `began` and has so much time is to end, counted from the start
    /// of the ticker. Exact to what one wake-up of the thread was late, and never too early. To be asked
    /// before the beginning is forgotten, which is when the first slice is over; of a call that was in
    /// the host for longer than that, the beginning counts as later.
    pub fn end(&self, began: u64, time: Duration) -> Duration {
        fence(Acquire);
        let oldest = (self.now() + 2).saturating_sub(REMEMBERED as u64);
        // The call had begun when this tick was made.
        let after = (began + 1).max(oldest);
        let made = Duration::from_micros(self.made[after as usize % REMEMBERED].load(Relaxed));
        made.saturating_add(time)
    }

    /// Whether `end` can be told of a call that began at this tick: the tick after it was made.
    pub fn knows(&self, began: u64) -> bool {
        // With the tick after that one, its time can be seen too.
        self.now() >= began + 2
    }

    /// How far away that is, in whole ticks.
    pub fn left(&self, end: Duration) -> u64 {
        let left = end.saturating_sub(self.start.elapsed());
        u64::try_from(left.as_micros().div_ceil(1000)).unwrap_or(u64::MAX)
    }

    #[cold]
    fn extend(self: &Arc<Self>, need: u64) {
        let mut state = self.lock();
        self.awake_until.fetch_max(need + LINGER, Relaxed);
        if state.thread.is_some() {
            self.changed.notify_one();
            return;
        }
        let ticker = Arc::clone(self);
        let builder = thread::Builder::new()
            .name("mortise-ticker".into())
            .stack_size(64 * 1024);
        match without_signals(|| builder.spawn(move || ticker.run())) {
            Ok(thread) => state.thread = Some(thread),
            Err(error) => {
                self.awake_until.store(0, Relaxed);
                drop(state);
                // Without a clock no deadline can be kept: the panic ends the call as an error.
                panic!("the thread that keeps deadlines cannot be started: {error}");
            }
        }
    }

    /// Ends the thread and waits for that. The engine's last owner calls it, so no call runs.
    pub fn stop(&self) {
        let mut state = self.lock();
        state.stop = true;
        self.changed.notify_one();
        let thread = state.thread.take();
        drop(state);
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }

    fn run(&self) {
        // The clock, and the tick that it stood at: a late wake-up is made good, so that a
        // deadline of 50 ms stays one on a busy machine.
        let mut base = (Instant::now(), self.now());
        while self.wait(&mut base) {
            let due = base.1 + base.0.elapsed().as_millis() as u64;
            while self.now() < due {
                let next = self.now() + 1;
                self.now.store(next, Relaxed);
                // The clock is read after everyone can see the tick: a call that saw the one
                // before had begun by then.
                fence(SeqCst);
                let made = self.start.elapsed().as_micros() as u64 + 1;
                self.made[next as usize % REMEMBERED].store(made, Relaxed);
                // Whoever sees the epoch sees the time.
                fence(Release);
                self.engine.increment_epoch();
                if let Some(second) = self.second.get() {
                    second.increment_epoch();
                }
            }
        }
    }

    /// Waits for the next tick, or, with nothing to do, for someone to need one.
    /// False: it is time to end.
    fn wait(&self, base: &mut (Instant, u64)) -> bool {
        let mut state = self.lock();
        if self.now() >= self.awake_until.load(Relaxed) {
            self.awake_until.store(0, Relaxed);
            while !state.stop && self.awake_until.load(Relaxed) == 0 {
                state = self.changed.wait(state).unwrap_or_else(|e| e.into_inner());
            }
            *base = (Instant::now(), self.now());
        }
        if !state.stop {
            let waited = self.changed.wait_timeout(state, TICK);
            state = waited.unwrap_or_else(|e| e.into_inner()).0;
        }
        !state.stop
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic while it was held leaves nothing half done.
        self.state.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// Runs `spawn` with all signals blocked, which the new thread inherits: the host's handlers are
/// not to run on a thread that the host does not know.
fn without_signals<T>(spawn: impl FnOnce() -> T) -> T {
    // SAFETY: plain calls of the C library with initialised sets; the mask is put back.
    unsafe {
        let mut all: libc::sigset_t = std::mem::zeroed();
        let mut before: libc::sigset_t = std::mem::zeroed();
        libc::sigfillset(&mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
        let result = spawn();
        libc::pthread_sigmask(libc::SIG_SETMASK, &before, std::ptr::null_mut());
        result
    }
}
