//! Functions that no plugin can call: what they take does not exist.

use super::{Linker, Store};
use std::mem::MaybeUninit;
use wasmtime::component::__internal::{
    CanonicalAbiInfo, InstanceType, InterfaceType, LiftContext, LowerContext,
};
use wasmtime::component::{ComponentNamedList, ComponentType, Lift, Lower};
use wasmtime::{Result, ValRaw};

/// Parameters with a resource among them of which there is none; and what would come of them.
struct Absent;

// SAFETY: says of no core value what it is: none is read, and none is written.
unsafe impl ComponentType for Absent {
    type Lower = [ValRaw; 0];
    const ABI: CanonicalAbiInfo = CanonicalAbiInfo {
        size32: 0,
        align32: 1,
        size64: 0,
        align64: 1,
        flat_count: Some(0),
    };

    fn typecheck(_: &InterfaceType, _: &InstanceType<'_>) -> Result<()> {
        Ok(())
    }
}

// SAFETY: a marker; see above.
unsafe impl ComponentNamedList for Absent {}

fn refuse() -> Result<Absent> {
    wasmtime::bail!("it passed a resource of WASI that it cannot have")
}

// SAFETY: makes none.
unsafe impl Lift for Absent {
    fn linear_lift_from_flat(
        _: &mut LiftContext<'_>,
        _: InterfaceType,
        _: &[ValRaw; 0],
    ) -> Result<Self> {
        refuse()
    }

    fn linear_lift_from_memory(
        _: &mut LiftContext<'_>,
        _: InterfaceType,
        _: &[u8],
    ) -> Result<Self> {
        refuse()
    }
}

// SAFETY: writes nothing, since there is none.
unsafe impl Lower for Absent {
    fn linear_lower_to_flat<T>(
        &self,
        _: &mut LowerContext<'_, T>,
        _: InterfaceType,
        _: &mut MaybeUninit<[ValRaw; 0]>,
    ) -> Result<()> {
        refuse().map(|_| ())
    }

    fn linear_lower_to_memory<T>(
        &self,
        _: &mut LowerContext<'_, T>,
        _: InterfaceType,
        _: usize,
    ) -> Result<()> {
        refuse().map(|_| ())
    }
}

/// Whatever its type is: a call of it fails before it begins.
pub fn function(into: &mut Linker<'_>, name: &str) -> Result<()> {
    into.func_wrap(name, |_: Store<'_>, absent: Absent| Ok(absent))
}
