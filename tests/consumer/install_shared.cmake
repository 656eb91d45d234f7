# Builds the shared library and installs it in absolute directories below `prefix`. find_package() looks for a package
# in lib/cmake/ below what it is given, never in cmake/vigil/ right there: the last part has to be called lib. Compiled as
# the preset "shared" does it, so that ccache has what the Python package is made of.
file(REMOVE_RECURSE "${prefix}")
execute_process(COMMAND "${CMAKE_COMMAND}" -S "${source}" -B "${build}" -G "${generator}"
  -D "CMAKE_C_COMPILER=${c_compiler}" -D "CMAKE_CXX_COMPILER=${cxx_compiler}" -D CMAKE_BUILD_TYPE=Release
  -D BUILD_SHARED_LIBS=ON -D VIGIL_WERROR=ON -D VIGIL_BUILD_CLI=OFF -D VIGIL_BUILD_TESTS=OFF
  -D "CMAKE_INSTALL_PREFIX=${prefix}/elsewhere"
  -D "CMAKE_INSTALL_LIBDIR=${prefix}/libraries/lib" -D "CMAKE_INSTALL_INCLUDEDIR=${prefix}/headers"
  COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${CMAKE_COMMAND}" --build "${build}" COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${CMAKE_COMMAND}" --install "${build}" COMMAND_ERROR_IS_FATAL ANY)
