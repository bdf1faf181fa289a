# For the debugger: no optimisation, assertions on.
set(CMAKE_BUILD_TYPE Debug CACHE STRING "" FORCE)
set(CHATD_WERROR ON CACHE BOOL "" FORCE)
