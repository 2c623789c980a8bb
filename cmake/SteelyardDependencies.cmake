# What Steelyard is built on. Everything comes from Debian 12 packages; `./dev setup` installs them.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(fmt REQUIRED)                             # text formatting
find_package(spdlog REQUIRED)                          # logs of the long-running programs
find_package(tl-expected REQUIRED)                     # Result<T>
find_package(Protobuf REQUIRED)                        # the native wire's headers
find_package(SQLite3 REQUIRED)                         # the file of the durable log
find_package(ZLIB REQUIRED)                            # checksums of what is in it
find_package(CLI11 REQUIRED)                           # the command line
find_package(Boost 1.81 REQUIRED COMPONENTS json)      # JSON output and configuration
find_package(prometheus-cpp REQUIRED)                  # the text of /metrics
pkg_check_modules(ZeroMQ REQUIRED IMPORTED_TARGET libzmq)  # transport between processes
# What pkg-config says beyond that belongs to libraries that libzmq links itself; CMake reads it in
# another way the second time it configures, and everything would be compiled anew.
set_target_properties(PkgConfig::ZeroMQ PROPERTIES
  INTERFACE_INCLUDE_DIRECTORIES "${ZeroMQ_INCLUDEDIR}" INTERFACE_COMPILE_OPTIONS "")
pkg_check_modules(Curses REQUIRED IMPORTED_TARGET ncursesw)  # the terminal of `steelyard top`
if(STEELYARD_TESTS)
  find_package(GTest REQUIRED)
endif()
