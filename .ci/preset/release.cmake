# What is shipped and measured; warnings are errors, as in every variant that the tests build.
set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
set(CHATD_WERROR ON CACHE BOOL "" FORCE)
