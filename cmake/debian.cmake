# Run by cpack on what it is about to pack: Debian's zsh looks for what packages bring in another
# folder than for what was installed by hand.
file(GLOB folders ${CPACK_TEMPORARY_DIRECTORY}/*/usr/share/zsh)
foreach(folder IN LISTS folders)
  file(RENAME ${folder}/site-functions ${folder}/vendor-completions)
endforeach()
