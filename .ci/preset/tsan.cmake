# Thread sanitizer: whatever two workers touch without a mailbox between them.
set(CMAKE_BUILD_TYPE tsan CACHE STRING "" FORCE)
set(CHATD_WERROR ON CACHE BOOL "" FORCE)
