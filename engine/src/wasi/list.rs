//! Lists and texts that guests get. Wasmtime's own would do, but for the call path: a function of
//! its that calls the guest's realloc would no longer be inlined into ours, at thirty instructions
//! for each string of each call, WASI or not.

use crate::call::{Known, Lowering, Memory, mortise_lowering_realloc};
use crate::instance::Data;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use wasmtime::component::__internal::{
    CanonicalAbiInfo, InstanceType, InterfaceType, LowerContext,
};
use wasmtime::component::{ComponentType, Lower};
use wasmtime::{Result, ValRaw};

/// A `list<T>`, as its elements lie in memory.
pub struct List<T> {
    bytes: Vec<u8>,
    align: u32,
    length: u32,
    element: PhantomData<T>,
}

impl<T> List<T> {
    pub fn empty() -> List<T> {
        List {
            bytes: Vec::new(),
            align: 1,
            length: 0,
            element: PhantomData,
        }
    }

    /// In the guest's memory: where, and how many elements.
    fn lower(
        &self,
        context: &mut LowerContext<'_, Data>,
        ty: &InterfaceType,
    ) -> Result<(u32, u32)> {
        let size = u32::try_from(self.bytes.len())?;
        if size == 0 {
            return Ok((0, 0));
        }
        let mut at = 0;
        let mut memory = MaybeUninit::<Memory>::uninit();
        Lowering::run(context, &Known::nothing(), ty, 0, |lowering, _| {
            let (at, memory) = (&raw mut at, memory.as_mut_ptr());
            // SAFETY: the lowering of this callback, and places to write to.
            unsafe { mortise_lowering_realloc(&mut *lowering, self.align, size, at, memory) }
        })?;
        // Within memory, which Wasmtime has checked.
        context.as_slice_mut()[at as usize..][..self.bytes.len()].copy_from_slice(&self.bytes);
        Ok((at, self.length))
    }
}

impl From<Vec<u8>> for List<u8> {
    fn from(bytes: Vec<u8>) -> List<u8> {
        List {
            // What guests ask for has fewer.
            length: u32::try_from(bytes.len()).unwrap_or_default(),
            bytes,
            align: 1,
            element: PhantomData,
        }
    }
}

impl FromIterator<u32> for List<u32> {
    fn from_iter<I: IntoIterator<Item = u32>>(all: I) -> List<u32> {
        let bytes: Vec<u8> = all.into_iter().flat_map(u32::to_le_bytes).collect();
        let size = size_of::<u32>();
        List {
            length: u32::try_from(bytes.len() / size).unwrap_or_default(),
            bytes,
            align: align_of::<u32>() as u32, // 4
            element: PhantomData,
        }
    }
}

// SAFETY: of the same type and form as `Vec<T>`.
unsafe impl<T: ComponentType> ComponentType for List<T> {
    type Lower = [ValRaw; 2];
    const ABI: CanonicalAbiInfo = CanonicalAbiInfo::POINTER_PAIR;

    fn typecheck(ty: &InterfaceType, types: &InstanceType<'_>) -> Result<()> {
        Vec::<T>::typecheck(ty, types)
    }
}

// SAFETY: writes a pointer and a length, of elements that lie in memory as `T` does.
unsafe impl<T: ComponentType> Lower for List<T> {
    fn linear_lower_to_flat<U>(
        &self,
        _: &mut LowerContext<'_, U>,
        _: InterfaceType,
        _: &mut MaybeUninit<[ValRaw; 2]>,
    ) -> Result<()> {
        unreachable!("more than one core value goes through memory")
    }

    fn linear_lower_to_memory<U>(
        &self,
        context: &mut LowerContext<'_, U>,
        ty: InterfaceType,
        at: usize,
    ) -> Result<()> {
        // SAFETY: every store here is a `Store<Data>`, so `U` is `Data`.
        let context =
            unsafe { &mut *(context as *mut LowerContext<'_, U>).cast::<LowerContext<'_, Data>>() };
        let (start, length) = self.lower(context, &ty)?;
        let memory = context.as_slice_mut();
        // The pair lies within memory, which Wasmtime has checked.
        memory[at..][..4].copy_from_slice(&start.to_le_bytes());
        memory[at + 4..][..4].copy_from_slice(&length.to_le_bytes());
        Ok(())
    }
}

/// A `string` that is never there.
pub enum NoText {}

// SAFETY: of the same type and form as `String`.
unsafe impl ComponentType for NoText {
    type Lower = [ValRaw; 2];
    const ABI: CanonicalAbiInfo = CanonicalAbiInfo::POINTER_PAIR;

    fn typecheck(ty: &InterfaceType, types: &InstanceType<'_>) -> Result<()> {
        String::typecheck(ty, types)
    }
}

// SAFETY: there is none that it could write.
unsafe impl Lower for NoText {
    fn linear_lower_to_flat<U>(
        &self,
        _: &mut LowerContext<'_, U>,
        _: InterfaceType,
        _: &mut MaybeUninit<[ValRaw; 2]>,
    ) -> Result<()> {
        match *self {}
    }

    fn linear_lower_to_memory<U>(
        &self,
        _: &mut LowerContext<'_, U>,
        _: InterfaceType,
        _: usize,
    ) -> Result<()> {
        match *self {}
    }
}
