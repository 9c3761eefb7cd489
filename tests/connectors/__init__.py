"""Every connector against its agency of the sandbox, over real HTTP."""
