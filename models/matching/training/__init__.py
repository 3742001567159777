"""From labelled pairs to a matcher: classifiers, their training, the saved model, its threshold."""
