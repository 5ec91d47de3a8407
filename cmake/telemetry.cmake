# mortise_telemetry(NAME SOURCE CORE): the target mortise::NAME, where its library is found; NAME is
# prometheus or spdlog. CORE has the headers.
#
# It is an object library, and brings headers of CORE, but not CORE: a program links that with its
# engine, and one that came after the engine would not find it.
set(mortise_package_of_prometheus prometheus-cpp)
set(mortise_library_of_prometheus prometheus-cpp::core)
set(mortise_package_of_spdlog spdlog)
set(mortise_library_of_spdlog spdlog::spdlog)

function(mortise_telemetry name source core)
  set(library ${mortise_library_of_${name}})
  if(TARGET mortise::${name})
    return()
  endif()
  find_package(${mortise_package_of_${name}} CONFIG QUIET GLOBAL)
  if(NOT TARGET ${library})
    return()
  endif()
  add_library(mortise_${name} OBJECT EXCLUDE_FROM_ALL ${source})
  add_library(mortise::${name} ALIAS mortise_${name})
  target_include_directories(mortise_${name} PUBLIC
    $<TARGET_PROPERTY:${core},INTERFACE_INCLUDE_DIRECTORIES>)
  target_compile_features(mortise_${name} PUBLIC cxx_std_23)
  target_link_libraries(mortise_${name} PUBLIC ${library})
  set_target_properties(mortise_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
endfunction()
