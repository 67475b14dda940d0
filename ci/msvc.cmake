# SPDX-License-Identifier: MIT
# What MSVC has of C11 under another name, or on request only (17.5 and later).
add_compile_options("$<$<COMPILE_LANGUAGE:C>:/experimental:c11atomics>")
add_compile_definitions(
    "$<$<COMPILE_LANGUAGE:C>:_Thread_local=__declspec(thread)>")

# Of the C library, what is ISO C and POSIX is not to be warned about.
add_compile_definitions(_CRT_SECURE_NO_WARNINGS _CRT_NONSTDC_NO_WARNINGS)
