"""What decides: policies of ours, of users and of Cedar; how they are loaded, watched over and explained."""
