# SPDX-License-Identifier: MIT
# mapmark_warnings(<target>): the warnings our own code is written against.
# They are private: what links to us, and what we link to, is not judged.
function(mapmark_warnings target)
    set(gnu "$<COMPILE_LANG_AND_ID:C,GNU,Clang,AppleClang>")
    set(gnuxx "$<COMPILE_LANG_AND_ID:CXX,GNU,Clang,AppleClang>")
    target_compile_options(
        ${target}
        PRIVATE
        "$<$<OR:${gnu},${gnuxx}>:-Wall;-Wextra;-Wconversion;-Wshadow>"
        "$<${gnu}:-Wstrict-prototypes;-Wmissing-prototypes>"
        # C4200: a last member without a size, which C11 has.
        # C4232: an imported function's address, fine in a static table.
        "$<$<C_COMPILER_ID:MSVC>:/W4;/wd4200;/wd4232;/utf-8>")
    if(MINGW) # isfinite() of its math.h converts to float on paths not taken
        target_compile_options(${target} PRIVATE -Wno-float-conversion)
    endif()
endfunction()
