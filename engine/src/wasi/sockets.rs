//! wasi:sockets: there is a network, and whatever is asked of it is denied.

use super::{Define, Linker, Store, absent, is_method_of, resource};
use wasmtime::Result;
use wasmtime::component::{ComponentType, Lift, Lower, Resource, WasmStr};

struct Network;
struct ResolveAddressStream;
struct TcpSocket;
struct UdpSocket;
struct IncomingDatagramStream;
struct OutgoingDatagramStream;

/// wasi:sockets/network's `error-code`.
#[derive(Clone, Copy, ComponentType, Lower)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "one of them says it all")]
enum ErrorCode {
    #[component(name = "unknown")]
    Unknown,
    #[component(name = "access-denied")]
    AccessDenied,
    #[component(name = "not-supported")]
    NotSupported,
    #[component(name = "invalid-argument")]
    InvalidArgument,
    #[component(name = "out-of-memory")]
    OutOfMemory,
    #[component(name = "timeout")]
    Timeout,
    #[component(name = "concurrency-conflict")]
    ConcurrencyConflict,
    #[component(name = "not-in-progress")]
    NotInProgress,
    #[component(name = "would-block")]
    WouldBlock,
    #[component(name = "invalid-state")]
    InvalidState,
    #[component(name = "new-socket-limit")]
    NewSocketLimit,
    #[component(name = "address-not-bindable")]
    AddressNotBindable,
    #[component(name = "address-in-use")]
    AddressInUse,
    #[component(name = "remote-unreachable")]
    RemoteUnreachable,
    #[component(name = "connection-refused")]
    ConnectionRefused,
    #[component(name = "connection-reset")]
    ConnectionReset,
    #[component(name = "connection-aborted")]
    ConnectionAborted,
    #[component(name = "datagram-too-large")]
    DatagramTooLarge,
    #[component(name = "name-unresolvable")]
    NameUnresolvable,
    #[component(name = "temporary-resolver-failure")]
    TemporaryResolverFailure,
    #[component(name = "permanent-resolver-failure")]
    PermanentResolverFailure,
}

/// `ip-address-family`.
#[derive(ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
#[expect(dead_code, reason = "guests make them")]
enum Family {
    #[component(name = "ipv4")]
    Ipv4,
    #[component(name = "ipv6")]
    Ipv6,
}

/// What everything answers that would make a `T`.
fn denied<T: 'static>() -> Result<(std::result::Result<Resource<T>, ErrorCode>,)> {
    Ok((Err(ErrorCode::AccessDenied),))
}

fn no_socket<T: 'static>(into: &mut Linker<'_>, name: &str) -> Result<()> {
    into.func_wrap(name, |_: Store<'_>, _: (Family,)| denied::<T>())
}

pub fn find(interface: &str, item: &str) -> Option<Define> {
    let define: Define = match (interface, item) {
        ("instance-network", "instance-network") => |into: &mut Linker<'_>, name| {
            into.func_wrap(name, |_: Store<'_>, (): ()| {
                Ok((Resource::<Network>::new_own(0),))
            })
        },
        ("network", "network") => resource::<Network>,
        // Of an error of a stream, and there is none that came from a socket.
        ("network", "network-error-code") => absent::function,
        ("tcp-create-socket", "create-tcp-socket") => no_socket::<TcpSocket>,
        ("udp-create-socket", "create-udp-socket") => no_socket::<UdpSocket>,
        ("ip-name-lookup", "resolve-addresses") => |into, name| {
            type Params = (Resource<Network>, WasmStr);
            into.func_wrap(name, |_: Store<'_>, _: Params| {
                denied::<ResolveAddressStream>()
            })
        },
        ("ip-name-lookup", "resolve-address-stream") => resource::<ResolveAddressStream>,
        ("ip-name-lookup", method) if is_method_of(method, &["resolve-address-stream"]) => {
            absent::function
        }
        ("tcp", "tcp-socket") => resource::<TcpSocket>,
        ("tcp", method) if is_method_of(method, &["tcp-socket"]) => absent::function,
        ("udp", "udp-socket") => resource::<UdpSocket>,
        ("udp", "incoming-datagram-stream") => resource::<IncomingDatagramStream>,
        ("udp", "outgoing-datagram-stream") => resource::<OutgoingDatagramStream>,
        ("udp", method)
            if is_method_of(
                method,
                &[
                    "udp-socket",
                    "incoming-datagram-stream",
                    "outgoing-datagram-stream",
                ],
            ) =>
        {
            absent::function
        }
        _ => return None,
    };
    Some(define)
}
