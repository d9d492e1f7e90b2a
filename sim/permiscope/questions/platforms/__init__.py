"""What is asked of real platforms: what their scopes open beyond their words, and what they can express."""
