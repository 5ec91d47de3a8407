// Mortise: plugins that strangers wrote, called as if they were C++ objects.
//
// Guide to the headers, in the order of reading:
//   runtime/engine.h        the engine; make one in main()
//   runtime/plugin.h        load a component, make instances of it
//   runtime/instance.h      call it
//   runtime/pool.h          call it from many threads
//   runtime/breaker.h       leave one alone that fails too often
//   runtime/observer.h      hear of every call, for metrics and logs
//   runtime/trace.h         which trace a call is part of
//   runtime/limits.h        what it may use
//   runtime/result.h        what a call returns: Result, Outcome
//   runtime/error.h         why there is nothing to return
//   runtime/cache.h         native code that is kept on disk
//   runtime/call_options.h  a deadline for one call; results viewed in place
//   runtime/host.h          functions of the host that it may call
//   runtime/resource.h      resources that it defines
//   runtime/service.h       what one plugin is granted beside what its world imports
//   runtime/wasi.h          what it finds of a system
//   runtime/world.h         what bindings are made of
//   abi/argument.h          parameters written straight into guest memory
//   abi/*.h                 how C++ types cross, one header for each WIT type
//
// Not included here, since few hosts need them:
//   runtime/dynamic.h       call plugins whose contract is learnt while the program runs
//   runtime/registry.h      plugins by name and version, changed while calls go on
//   runtime/chain.h         plugins of one contract, one after the other
//   runtime/ahead.h         compile components ahead of time
//   runtime/inspect.h       what a component or a WIT file says of itself
//   contract/compare.h      what differs between two contracts, and whom that breaks
//   contract/value.h        values of any type; wave.h and json.h: as text
//   telemetry/prometheus.h  metrics, and telemetry/spdlog.h a log: with those libraries
//   services/*/*.h          what plugins may be granted: logs, configuration, keys, SQL
#pragma once

#include <mortise/abi/argument.h>
#include <mortise/abi/bool.h>
#include <mortise/abi/char.h>
#include <mortise/abi/enum.h>
#include <mortise/abi/fixed_list.h>
#include <mortise/abi/flags.h>
#include <mortise/abi/function.h>
#include <mortise/abi/list.h>
#include <mortise/abi/map.h>
#include <mortise/abi/number.h>
#include <mortise/abi/option.h>
#include <mortise/abi/owned.h>
#include <mortise/abi/record.h>
#include <mortise/abi/resource.h>
#include <mortise/abi/result.h>
#include <mortise/abi/string.h>
#include <mortise/abi/tuple.h>
#include <mortise/abi/variant.h>
#include <mortise/runtime/breaker.h>
#include <mortise/runtime/cache.h>
#include <mortise/runtime/call_options.h>
#include <mortise/runtime/engine.h>
#include <mortise/runtime/error.h>
#include <mortise/runtime/host.h>
#include <mortise/runtime/instance.h>
#include <mortise/runtime/limits.h>
#include <mortise/runtime/observer.h>
#include <mortise/runtime/plugin.h>
#include <mortise/runtime/pool.h>
#include <mortise/runtime/progress.h>
#include <mortise/runtime/resource.h>
#include <mortise/runtime/result.h>
#include <mortise/runtime/service.h>
#include <mortise/runtime/trace.h>
#include <mortise/runtime/wasi.h>
#include <mortise/runtime/world.h>
