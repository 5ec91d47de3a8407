//! wasi:clocks: what time it is, as far as the host lets a plugin know.

use super::{ClockKind, Define, Linker, Store, state};
use crate::instance::Data;
use std::thread;
use std::time::{Duration, Instant, SystemTime};
use wasmtime::component::{ComponentType, Lower};
use wasmtime::{Result, Trap};

/// Where the monotonic clock begins: at no plugin's start, so that it says nothing of the machine,
/// and not at 0, which Go takes for a broken clock.
const BEGINNING: u64 = 1_000_000_000;

/// What `PerCall` rounds down to, in nanoseconds.
const COARSE: u64 = 1_000_000;

/// How long a thread sleeps before it looks again at what its call has left; and where somebody may
/// want to end the call.
const SLICE_MS: u64 = 100;
const WATCHED_MS: u64 = 2;

/// Nanoseconds of both clocks: since 1970, and since an instance was made.
#[derive(Clone, Copy)]
struct Shown {
    wall: u64,
    monotonic: u64,
}

pub struct Clock {
    kind: ClockKind,
    made: Instant,
    /// What they show. `PerCall`: in this call, once it has asked; `Frozen`: always.
    shown: Shown,
    /// `PerCall`: `shown` was read in an earlier call, or never.
    stale: bool,
}

impl Clock {
    pub fn new(kind: ClockKind, frozen_at: u64) -> Clock {
        Clock {
            kind,
            made: Instant::now(),
            shown: Shown {
                wall: frozen_at,
                monotonic: BEGINNING,
            },
            stale: true,
        }
    }

    pub fn end_call(&mut self) {
        self.stale = true;
    }

    fn real(&self) -> Shown {
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Shown {
            wall: nanoseconds(wall.unwrap_or_default()),
            monotonic: BEGINNING.saturating_add(nanoseconds(self.made.elapsed())),
        }
    }

    fn read(&mut self) -> Shown {
        match self.kind {
            ClockKind::Real => self.real(),
            ClockKind::Frozen => self.shown,
            ClockKind::PerCall => {
                if self.stale {
                    let real = self.real();
                    self.shown = Shown {
                        wall: real.wall / COARSE * COARSE,
                        // Sleeps may have moved it past the real one, and it never goes back.
                        monotonic: (real.monotonic / COARSE * COARSE).max(self.shown.monotonic),
                    };
                    self.stale = false;
                }
                self.shown
            }
        }
    }

    pub fn now(&mut self) -> u64 {
        self.read().monotonic
    }

    fn resolution(&self) -> u64 {
        match self.kind {
            ClockKind::PerCall => COARSE,
            ClockKind::Real | ClockKind::Frozen => 1,
        }
    }

    /// A wait until `at` is over: clocks that stand still move by what was waited for, and not by
    /// how long it took.
    fn reach(&mut self, at: u64) {
        let now = self.read();
        let slept = at.saturating_sub(now.monotonic);
        self.shown.monotonic = now.monotonic.saturating_add(slept);
        self.shown.wall = now.wall.saturating_add(slept);
    }
}

/// Some 584 years, and then for ever.
fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Waits until the monotonic clock shows `at`, or the call is to end.
pub fn wait_until(store: &mut Store<'_>, at: u64) -> Result<()> {
    let clock = &mut state(store).clock;
    let time = Duration::from_nanos(at.saturating_sub(clock.now()));
    if !matches!(clock.kind, ClockKind::Frozen) {
        sleep(store.data(), time)?;
    }
    state(store).clock.reach(at);
    Ok(())
}

/// In slices, so that it is never long until somebody looks at the deadline.
fn sleep(data: &Data, time: Duration) -> Result<()> {
    let began = Instant::now();
    let slice = if data.is_watched() {
        WATCHED_MS
    } else {
        SLICE_MS
    };
    loop {
        let rest = time.saturating_sub(began.elapsed());
        if rest.is_zero() {
            return Ok(());
        }
        let left = data.time_left();
        if left == 0 || data.is_stopped() {
            return Err(Trap::Interrupt.into());
        }
        thread::sleep(rest.min(Duration::from_millis(left.min(slice))));
    }
}

/// wasi:clocks/wall-clock's `datetime`.
#[derive(ComponentType, Lower)]
#[component(record)]
struct Datetime {
    seconds: u64,
    nanoseconds: u32,
}

impl Datetime {
    fn of(nanoseconds: u64) -> Datetime {
        const SECOND: u64 = 1_000_000_000;
        Datetime {
            seconds: nanoseconds / SECOND,
            nanoseconds: (nanoseconds % SECOND) as u32, // less than a second
        }
    }
}

pub fn find(interface: &str, item: &str) -> Option<Define> {
    match interface {
        "monotonic-clock" => monotonic(item),
        "wall-clock" => wall(item),
        _ => None,
    }
}

fn monotonic(item: &str) -> Option<Define> {
    let define: Define = match item {
        "now" => |into: &mut Linker<'_>, name| {
            into.func_wrap(name, |mut store: Store<'_>, (): ()| {
                Ok((state(&mut store).clock.now(),))
            })
        },
        "resolution" => |into, name| {
            into.func_wrap(name, |mut store: Store<'_>, (): ()| {
                Ok((state(&mut store).clock.resolution(),))
            })
        },
        "subscribe-instant" => |into, name| {
            into.func_wrap(name, |mut store: Store<'_>, (at,): (u64,)| {
                Ok((state(&mut store).timers.add(at)?,))
            })
        },
        "subscribe-duration" => |into, name| {
            into.func_wrap(name, |mut store: Store<'_>, (time,): (u64,)| {
                let state = state(&mut store);
                let at = state.clock.now().saturating_add(time);
                Ok((state.timers.add(at)?,))
            })
        },
        _ => return None,
    };
    Some(define)
}

fn wall(item: &str) -> Option<Define> {
    let define: Define = match item {
        "now" => |into: &mut Linker<'_>, name| {
            into.func_wrap(name, |mut store: Store<'_>, (): ()| {
                Ok((Datetime::of(state(&mut store).clock.read().wall),))
            })
        },
        "resolution" => |into, name| {
            into.func_wrap(name, |mut store: Store<'_>, (): ()| {
                Ok((Datetime::of(state(&mut store).clock.resolution()),))
            })
        },
        _ => return None,
    };
    Some(define)
}
