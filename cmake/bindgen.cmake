# mortise_bindgen(TARGET target WIT file-or-folder
#                 [WORLD world] [HEADER name.h] [FEATURES feature..] [SKIP_UNSUPPORTED])
#
# Writes the C++ header of a WIT world where the sources of `target`, and of what links it, find it:
# plugin_world.h for the world plugin-world, unless HEADER says otherwise. Without WORLD it is the
# only one that there is, and the header is called like the WIT: plugin_world.h for plugin-world.wit.
# Written again when the WIT changes. A folder is one package; the packages that it needs are in its deps/. The rest is as with
# the program: mortise-bindgen --help.
function(mortise_bindgen)
  cmake_parse_arguments(PARSE_ARGV 0 arg "SKIP_UNSUPPORTED" "TARGET;WIT;WORLD;HEADER" "FEATURES")
  foreach(needed IN ITEMS TARGET WIT)
    if(NOT arg_${needed})
      message(FATAL_ERROR "mortise_bindgen: ${needed} is missing")
    endif()
  endforeach()
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "mortise_bindgen: what is ${arg_UNPARSED_ARGUMENTS}?")
  endif()
  if(NOT TARGET ${arg_TARGET})
    message(FATAL_ERROR "mortise_bindgen: there is no target ${arg_TARGET}")
  endif()
  cmake_path(ABSOLUTE_PATH arg_WIT BASE_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR} NORMALIZE)
  if(NOT EXISTS ${arg_WIT})
    message(FATAL_ERROR "mortise_bindgen: there is no ${arg_WIT}")
  endif()

  if(arg_WORLD)
    # acme:shop/front@1.2.0 -> front
    string(REGEX REPLACE "^.*/|@.*$" "" name ${arg_WORLD})
    set(options --world ${arg_WORLD})
  else()
    cmake_path(GET arg_WIT STEM name)
    set(options "")
  endif()
  string(TOLOWER ${name} name)
  string(REPLACE "-" "_" name ${name})
  if(NOT arg_HEADER)
    set(arg_HEADER ${name}.h)
  endif()
  if(arg_SKIP_UNSUPPORTED)
    list(APPEND options --skip-unsupported)
  endif()
  if(arg_FEATURES)
    list(JOIN arg_FEATURES "," features)
    list(APPEND options --features ${features})
  endif()

  set(read ${arg_WIT})
  if(IS_DIRECTORY ${arg_WIT})
    file(GLOB_RECURSE read CONFIGURE_DEPENDS ${arg_WIT}/*.wit ${arg_WIT}/*.wasm)
  endif()
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/${arg_TARGET}_bindgen)
  set(header ${folder}/${arg_HEADER})
  file(MAKE_DIRECTORY ${folder})
  add_custom_command(OUTPUT ${header}
    COMMAND mortise::bindgen ${arg_WIT} ${options} --output ${header}
    DEPENDS mortise::bindgen ${read}
    COMMENT "Writing ${arg_HEADER} from ${arg_WIT}"
    VERBATIM)

  # A target, because other folders may link this one.
  string(MAKE_C_IDENTIFIER ${arg_HEADER} id)
  set(written ${arg_TARGET}_${id})
  add_custom_target(${written} DEPENDS ${header})
  add_dependencies(${arg_TARGET} ${written})
  get_target_property(type ${arg_TARGET} TYPE)
  set(scope PUBLIC)
  if(type STREQUAL "INTERFACE_LIBRARY")
    set(scope INTERFACE)
  endif()
  target_include_directories(${arg_TARGET} ${scope} $<BUILD_INTERFACE:${folder}>)
endfunction()
