# Builds consumer.cpp with what pkg-config says about the vigil.pc in `pc_dir`, and runs it.
file(MAKE_DIRECTORY "${folder}")
set(ENV{PKG_CONFIG_PATH} "${pc_dir}")
execute_process(COMMAND "${pkg_config}" --cflags --libs vigil
  OUTPUT_VARIABLE flags OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND "${pkg_config}" --variable=libdir vigil
  OUTPUT_VARIABLE libdir OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
separate_arguments(flags UNIX_COMMAND "${flags}")
execute_process(COMMAND "${compiler}" -std=c++20 "${CMAKE_CURRENT_LIST_DIR}/consumer.cpp" ${flags}
  -o "${folder}/consumer" COMMAND_ERROR_IS_FATAL ANY)
set(ENV{LD_LIBRARY_PATH} "${libdir}")
execute_process(COMMAND "${folder}/consumer" COMMAND_ERROR_IS_FATAL ANY)
