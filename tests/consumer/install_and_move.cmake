# Installs `build` in `first`, then moves that to `prefix`: what was installed must not remember its place.
file(REMOVE_RECURSE "${first}" "${prefix}")
execute_process(COMMAND "${CMAKE_COMMAND}" --install "${build}" --prefix "${first}" COMMAND_ERROR_IS_FATAL ANY)
file(RENAME "${first}" "${prefix}")

# What the command comes with, where it was made.
foreach(file man/man1/vigil-watch.1 bash-completion/completions/vigil zsh/site-functions/_vigil
    fish/vendor_completions.d/vigil.fish)
  if(EXISTS "${build}/share" AND NOT EXISTS "${prefix}/share/${file}")
    message(FATAL_ERROR "share/${file} was not installed")
  endif()
endforeach()
