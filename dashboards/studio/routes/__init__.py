"""What the browser may ask for, one router a part."""
