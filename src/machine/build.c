#include "machine/build.h"

#define TEXT_OF(x) #x
#define TEXT(x)    TEXT_OF(x)

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BUILT_WITH "AddressSanitizer"
#elif __has_feature(thread_sanitizer)
#define BUILT_WITH "ThreadSanitizer"
#elif __has_feature(undefined_behavior_sanitizer)
#define BUILT_WITH "UndefinedBehaviorSanitizer"
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define BUILT_WITH "AddressSanitizer"
#elif defined(__SANITIZE_THREAD__)
#define BUILT_WITH "ThreadSanitizer"
#endif

bool bt_build_optimised(void)
{
#ifdef __OPTIMIZE__
	return true;
#else
	return false;
#endif
}

const char *bt_build_flaw(void)
{
#ifdef BUILT_WITH
	return "built with " BUILT_WITH;
#else
	return bt_build_optimised() ? NULL : "built without optimisation";
#endif
}

const char *bt_build_compiler(void)
{
#if defined(__clang__)
	return "clang " TEXT(__clang_major__) "." TEXT(__clang_minor__) "." TEXT(
		__clang_patchlevel__);
#elif defined(__GNUC__)
	return "gcc " TEXT(__GNUC__) "." TEXT(__GNUC_MINOR__) "." TEXT(__GNUC_PATCHLEVEL__);
#else
	return "unknown";
#endif
}
