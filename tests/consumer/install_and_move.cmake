# Installs `build` in `first`, then moves that to `prefix`: what was installed must not remember its place.
file(REMOVE_RECURSE "${first}" "${prefix}")
execute_process(COMMAND "${CMAKE_COMMAND}" --install "${build}" --prefix "${first}" COMMAND_ERROR_IS_FATAL ANY)
file(RENAME "${first}" "${prefix}")
